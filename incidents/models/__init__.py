from .announcement import Announcement
from .audit import Actor, AuditEvent
from .component import Component, ComponentGroup, StatusChange
from .incident import Incident, Maintenance
from .incident_component import IncidentComponent
from .message import Message
from .recall import Recall
from .revision import UpdateRevision
from .site import Site
from .template import IncidentTemplate, TemplateComponent, TemplateStep
from .update import IncidentUpdate

__all__ = [
    "Actor",
    "Announcement",
    "AuditEvent",
    "Component",
    "ComponentGroup",
    "Incident",
    "IncidentComponent",
    "IncidentTemplate",
    "IncidentUpdate",
    "Maintenance",
    "Message",
    "Recall",
    "Site",
    "StatusChange",
    "TemplateComponent",
    "TemplateStep",
    "UpdateRevision",
]
