from .announcement import Announcement
from .audit import Actor, AuditEvent
from .bulletin import Bulletin
from .change_freeze import ChangeFreeze
from .component import Component, ComponentGroup, StatusChange
from .incident import Incident, Maintenance
from .incident_component import IncidentComponent
from .incident_type import IncidentType
from .message import Message
from .planned_step import PlannedStep
from .recall import Recall
from .revision import UpdateRevision
from .series import MaintenanceSeries
from .site import Site
from .state_period import StatePeriod
from .template import IncidentTemplate, TemplateComponent, TemplateStep
from .update import IncidentUpdate

__all__ = [
    "Actor",
    "Announcement",
    "AuditEvent",
    "Bulletin",
    "ChangeFreeze",
    "Component",
    "ComponentGroup",
    "Incident",
    "IncidentComponent",
    "IncidentTemplate",
    "IncidentType",
    "IncidentUpdate",
    "Maintenance",
    "MaintenanceSeries",
    "Message",
    "PlannedStep",
    "Recall",
    "Site",
    "StatePeriod",
    "StatusChange",
    "TemplateComponent",
    "TemplateStep",
    "UpdateRevision",
]
