"""Stories of the shipped practices beside change, incident and release: an opening, and the first actions of people."""

from __future__ import annotations

from collections.abc import Mapping

from tests.histories.stories import Deed, Story

PRACTICES: Mapping[str, Story] = {
    "access_request": Story(
        "access_request",
        "ivan",
        {
            "summary": "Access to the controllers",
            "service": "wifi",
            "level": "read",
            "reason": "Third-level support",
            "until": "2099-06-01T09:00:00Z",
        },
        (Deed("ivan", "submit", refused="guard_failed"), Deed("ivan", "cancel")),
    ),
    "event": Story(
        "event",
        "xenia",
        {"summary": "Mail can't be fetched", "service": "email"},
        (),
    ),
    "improvement": Story(
        "improvement",
        "carol",
        {"summary": "Bring e-mail back to its service levels", "service": "email", "benefit": "high"},
        (Deed("bianca", "assess", refused="missing_fields"), Deed("bianca", "assess", {"owner": "lena"})),
    ),
    "knowledge_article": Story(
        "knowledge_article",
        "ivan",
        {"title_line": "How to join the wireless network", "service": "wifi", "body": "Choose it and sign in"},
        (Deed("ivan", "submit"), Deed("omar", "approve")),
    ),
    "major_incident": Story(
        "major_incident",
        "alice",
        {"summary": "Mail is slow", "service": "email"},
        (Deed("walt", "decline", {"comment": "One office only"}),),
    ),
    "problem": Story(
        "problem",
        "alice",
        {"summary": "The mail gateway loses its queue", "service": "email", "impact": "high"},
        (Deed("viktor", "cancel", {"resolution": "duplicate"}),),
    ),
    "request": Story(
        "request",
        "ivan",
        {"summary": "A laptop for the new colleague", "item": "laptop", "service": "wifi", "justification": "April"},
        (Deed("ivan", "submit"), Deed("goran", "approve"), Deed("ivan", "cancel", {"comment": "Not needed"})),
    ),
    "service_design": Story(
        "service_design",
        "felix",
        {"summary": "A new canteen menu", "service": "hr_portal", "requirements": "A menu a week"},
        (Deed("felix", "complete"),),
    ),
    "service_level_agreement": Story(
        "service_level_agreement",
        "anton",
        {"summary": "Lines to Singapore", "service": "network", "kind": "uc", "customer": "jonas", "provider": "petra"},
        (Deed("anton", "negotiate"),),
    ),
    "service_level_review": Story(
        "service_level_review",
        "anton",
        {"summary": "Monthly service level review", "service": "payments"},
        (),
    ),
    "service_proposal": Story(
        "service_proposal",
        "petra",
        {"summary": "A robot for the lobby"},
        (Deed("walt", "decline", {"comment": "No use for it"}),),
    ),
    "service_transition": Story(
        "service_transition",
        "felix",
        {
            "summary": "Customer relations in the cloud",
            "service": "crm",
            "plan": "In one step",
            "backout": "Point the name back",
            "planned_start": "2099-03-14T08:00:00Z",
            "planned_end": "2099-03-14T12:00:00Z",
        },
        (Deed("felix", "plan_ready"),),
    ),
    "transformation": Story(
        "transformation",
        "walt",
        {"summary": "Sell by subscription", "kind": "business_model"},
        (Deed("walt", "cancel", {"comment": "The market is too small"}),),
    ),
}
