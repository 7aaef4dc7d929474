from .announcement import Announcement
from .audit import Actor, AuditEvent
from .bulletin import Bulletin
from .component import Component, ComponentGroup, StatusChange
from .incident import Incident, Maintenance
from .incident_component import IncidentComponent
from .message import Message
from .recall import Recall
from .site import Site
from .template import IncidentTemplate, TemplateComponent, TemplateStep
from .update import IncidentUpdate

__all__ = [
    "Actor",
    "Announcement",
    "AuditEvent",
    "Bulletin",
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
]
