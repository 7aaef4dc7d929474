"""The Content-Security-Policy of each answer: the settings', and the hash of the style that the page carries."""

from csp.middleware import CSPMiddleware, PolicyParts

from .lib import inline_css


class PolicyMiddleware(CSPMiddleware):
    """A style is allowed only where this process made it, letter for letter."""

    def process_response(self, request, response):
        """A 304 says nothing of the policy: it would replace that of the page which the browser kept."""
        return response if response.status_code == 304 else super().process_response(request, response)

    def get_policy_parts(self, request, response, report_only=False) -> PolicyParts:
        """The parts that django-csp puts together, with the source of our own style."""
        parts = super().get_policy_parts(request, response, report_only)
        if source := inline_css.source_of(response):
            parts.update = {**(parts.update or {}), "style-src": [source]}
        return parts
