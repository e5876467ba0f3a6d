"""The month of the sample organization: what its people open, and what they do then."""

from __future__ import annotations

from collections.abc import Mapping

from api.seeding.habits import Act, Ahead, Day, DrawnPerson, Fields, Later, Story
from definitions.schema.model import Json


def _about(*lines: tuple[str, str], **more: Json) -> tuple[Mapping[str, Json], ...]:
    """Subjects of (service, summary)."""
    return tuple({"service": service, "summary": summary, **more} for service, summary in lines)


def _said(*texts: str) -> Fields:
    return {"comment": texts}


_SOLVED: Fields = {
    "resolution_code": ("fixed", "fixed", "fixed", "workaround", "no_fault", "not_reproducible"),
    "resolution": (
        "Restarted what hung, and watched it for a while.",
        "The permission was missing since the last clean-up; it is back.",
        "A cable had come loose.",
        "The disk was full of old logs; they are rotated now.",
        "The certificate had expired and was renewed.",
        "It works with the new version, which is installed.",
    ),
}

INCIDENTS = Story(
    "incident",
    110,
    "everyone",
    {
        "description": ("It began this morning.", "Several of us see it.", "Since the last update.", None),
        "impact": ("low", "low", "low", "medium", "medium", "high"),
        "urgency": ("low", "low", "medium", "medium", "high"),
        "channel": ("self_service", "self_service", "email", "phone", "chat", "walk_in", "monitoring"),
    },
    (
        *_about(
            ("email", "Mail to customers comes back"),
            ("email", "The calendar shows meetings twice"),
            ("crm", "Customer search takes minutes"),
            ("erp", "Postings of yesterday are missing"),
            ("hr_portal", "Payslips can't be opened"),
            ("web_shop", "Checkout shows an empty page"),
            ("payments", "Card payments are declined"),
            ("reporting", "The daily report stopped at noon"),
            category="application",
        ),
        *_about(
            ("vpn", "Remote access drops every ten minutes"),
            ("wifi", "No wireless network on the third floor"),
            ("internet", "Websites load slowly in the whole office"),
            ("network", "The meeting rooms have no network"),
            category="network",
        ),
        *_about(
            ("directory", "Account is locked after the holiday"),
            ("source_code", "Push is refused with a permission error"),
            category="access",
        ),
        *_about(
            ("telephony", "Nobody hears me on calls"),
            ("backup", "Last night's backup did not finish"),
            ("storage", "The shared drive is full"),
            ("ci", "Builds wait for an hour"),
            ("database", "Queries time out since the patch"),
            ("monitoring", "Alerts arrive with a delay"),
            category="other",
        ),
    ),
    {
        "new": (
            Act("start", "service.team", 19, (0.05, 3.0)),
            Act("", weight=1),
        ),
        "in_progress": (
            Act("resolve", "assignee", 12, (0.3, 12.0), _SOLVED),
            Act("hold", "assignee", 3, (0.2, 4.0), {"hold_reason": ("awaiting_caller", "awaiting_vendor")}),
            Act("escalate", "assignee", 2, (0.5, 5.0), {
                "assignee": ("team:network", "team:platform", "team:applications", "team:data"),
                "comment": ("It is beyond what the desk can look into.", "The logs point to your part."),
            }),
            Act("raise_problem", "assignee", 1, (1.0, 6.0)),
            Act("comment", "caller", 1, (0.5, 4.0), _said("Any news?", "It is worse since lunch.")),
        ),
        "on_hold": (
            Act("comment", "caller", 4, (1.0, 16.0), _said("Here is what you asked for.", "Twice today.")),
            Act("resume", "assignee", 3, (3.0, 30.0)),
            Act("", weight=1),
        ),
        "resolved": (
            Act("close", "caller", 5, (0.5, 14.0), {"satisfaction": (5, 5, 4, 4, 3, 2, None)}),
            Act("rate", "caller", 1, (0.5, 10.0), {"satisfaction": (5, 4, 3, 1)}),
            Act("reopen", "caller", 1, (0.5, 12.0), _said("It is back.", "Only half of it works.")),
            Act("", weight=6),
        ),
    },
    at_any_hour=0.12,
)  # fmt: skip

CHANGES = Story(
    "change",
    26,
    "everyone",
    {
        "model": ("standard", "normal", "normal", "normal", "emergency"),
        "impact": ("low", "low", "medium", "high"),
        "likelihood": ("low", "low", "medium"),
        "planned_start": (Ahead(48, 240),),
        "planned_end": (Later("planned_start", 1, 5),),
        "backout_plan": ("Back to the version before.", "Restore the snapshot.", "Switch back to the old one."),
    },
    _about(
        ("email", "Raise the limit for attachments"),
        ("directory", "Enforce longer passwords"),
        ("vpn", "Replace the certificate"),
        ("wifi", "New access points on the second floor"),
        ("telephony", "Update the softphones"),
        ("compute", "Patch the container hosts"),
        ("storage", "Add a shelf of disks"),
        ("ci", "Move the builders to new machines"),
        ("web_shop", "Release the new checkout"),
        ("crm", "Merge duplicate customers"),
        ("database", "Minor version update"),
        ("reporting", "New data source for the sales report"),
    ),
    {
        "draft": (Act("submit", "requester", 12, (0.3, 6.0)), Act("cancel", "requester", 1, (1.0, 9.0))),
        "assess": (
            Act("assessed", "role:change_manager", 8, (0.5, 9.0)),
            Act("send_back", "role:change_manager", 1, (0.5, 6.0), _said("Say who tests it.")),
        ),
        "held": (
            Act("reschedule", "requester", 6, (0.5, 8.0), {
                "planned_start": (Ahead(48, 160),), "planned_end": (Later("planned_start", 1, 4),),
            }),
            Act("", weight=1),
        ),
        "review": (
            Act("complete", "role:change_manager", 5, (1.0, 20.0), {
                "effort": (1.0, 2.5, 4.0, 8.0),
                "lessons": ("None.", "Tell the desk a day ahead.", "The test data were too old."),
            }),
            Act("", weight=1),
        ),
    },
)  # fmt: skip

REQUESTS = Story(
    "request",
    48,
    "everyone",
    {"quantity": (1, 1, 1, 2), "accessories": (False, False, True)},
    (
        {"item": "laptop", "service": "directory", "summary": "Laptop for a new colleague"},
        {"item": "laptop", "service": "directory", "summary": "Replace a laptop of five years"},
        {"item": "phone", "service": "telephony", "summary": "Phone for the on-call rota"},
        {"item": "software", "service": "crm", "summary": "Licence for customer relations"},
        {"item": "software", "service": "reporting", "summary": "Licence for reports"},
        {"item": "software", "service": "erp", "summary": "Access for the closing of the month"},
        {"item": "meeting_room", "service": "telephony", "summary": "Room for the supplier day"},
        {"item": "other", "service": "hr_portal", "summary": "A standing desk"},
    ),
    {
        "submitted": (
            Act("submit", "requested_for", 1, (0.05, 1.0), {
                "justification": ("The old one is broken.", "A new colleague begins.", "Needed for the project."),
            }),
        ),
        "escalated": (Act("ask_again", "role:request_manager", 1, (1.0, 9.0)),),
        "stuck": (
            Act("try_again", "role:request_manager", 3, (1.0, 9.0)),
            Act("turn_down", "role:request_manager", 1, (1.0, 9.0), {"reason": ("It is not made any more.",)}),
        ),
        "delivered": (
            Act("confirm", "requested_for", 3, (0.5, 12.0)),
            Act("complain", "requested_for", 1, (0.5, 8.0), _said("A part is missing.")),
            Act("", weight=4),
        ),
    },
)  # fmt: skip

PROBLEMS = Story(
    "problem",
    7,
    "role:problem_manager",
    {"impact": ("high", "medium", "medium", "low"), "likelihood": ("high", "medium", "low")},
    _about(
        ("vpn", "Remote access drops whenever a tunnel is renewed"),
        ("database", "Queries slow down at the end of a month"),
        ("email", "Mail queues grow during backups"),
        ("wifi", "Access points restart when they are warm"),
        ("ci", "Builders run out of disk"),
    ),
    {
        "new": (
            Act("accept", "role:problem_manager", 7, (0.5, 10.0), {"assignee": (DrawnPerson("service.team"),)}),
            Act("decline", "role:problem_manager", 1, (1.0, 8.0), {
                "resolution": ("not_worthwhile", "duplicate"), "comment": ("Too seldom to look into.",),
            }),
        ),
        "investigate": (
            Act("cause_found", "assignee", 3, (6.0, 45.0), {
                "root_cause": ("A limit that nobody had raised.", "Two jobs at the same time."),
                "workaround": ("Wait a minute and try again.", "Use the other entry.", None),
            }),
        ),
        "known_error": (
            Act("remedy", "assignee", 3, (3.0, 25.0)),
            Act("write_article", "assignee", 1, (1.0, 8.0)),
            Act("accept_risk", "assignee", 1, (5.0, 25.0), _said("The remedy costs more than the cause.")),
        ),
        "review": (
            Act("close", "role:problem_manager", 1, (3.0, 20.0), {"lessons": ("Watch the limit.", "Ask earlier.")}),
        ),
    },
)  # fmt: skip

ACCESS = Story(
    "access_request",
    14,
    "everyone",
    {
        "level": ("read", "read", "write", "administer"),
        "until": (Ahead(24 * 5, 24 * 28),),
        "reason": ("The closing of the month.", "Stand-in for a colleague.", "A report for the board."),
    },
    _about(
        ("erp", "Access to resource planning"),
        ("database", "Read the sales tables"),
        ("crm", "Access to customer relations"),
        ("source_code", "Write to the shop's repository"),
        ("storage", "Access to the archive"),
    ),
    {
        "draft": (Act("submit", "opener", 1, (0.05, 2.0)),),
        "active": (Act("give_back", "subject", 1, (20.0, 90.0)), Act("", weight=3)),
        "overdue": (Act("try_again", "role:access_manager", 1, (1.0, 6.0)),),
    },
)

ARTICLES = Story(
    "knowledge_article",
    8,
    "team:service_desk",
    {
        "audience": ("agents", "everyone"),
        "body": ("First look at the lamp, then restart it.", "Ask for the name of the machine and the time."),
    },
    (
        {"service": "vpn", "title_line": "When remote access drops"},
        {"service": "email", "title_line": "Mail that comes back"},
        {"service": "directory", "title_line": "Unlocking an account"},
        {"service": "telephony", "title_line": "No sound on calls"},
    ),
    {
        "draft": (Act("submit", "author", 1, (1.0, 20.0)),),
        "published": (Act("helpful", "everyone", 2, (2.0, 30.0)), Act("", weight=1)),
        "revision": (Act("submit", "author", 1, (2.0, 20.0)),),
    },
)

IMPROVEMENTS = Story(
    "improvement",
    5,
    "everyone",
    {"size": ("small", "medium", "large"), "benefit": ("high", "medium", "low")},
    _about(
        ("email", "Fewer questions about the size of mailboxes"),
        ("ci", "Builds in half the time"),
        ("web_shop", "Fewer pages that are slow"),
    ),
    {
        "registered": (
            Act("assess", "role:improvement_manager", 1, (2.0, 18.0), {"owner": (DrawnPerson("service.owner"),)}),
        ),
        "assess": (
            Act("propose", "owner", 5, (3.0, 30.0), {
                "kpi": ("Minutes", "Tickets a month"), "goal": (10.0, 25.0), "due": (Day(30, 90),),
                "justification": ("It pays for itself within a year.",),
            }),
            Act("defer", "role:improvement_manager", 1, (3.0, 30.0), _said("Not this quarter.")),
        ),
        "baseline": (Act("measured_before", "owner", 1, (3.0, 25.0), {"baseline": (40.0, 55.0)}),),
        "implement": (Act("implemented", "owner", 1, (20.0, 60.0)),),
        "measure": (Act("measured_after", "owner", 1, (10.0, 30.0), {"measured": (12.0, 30.0)}),),
        "review": (
            Act("close", "role:improvement_manager", 1, (3.0, 20.0), {"outcome": ("achieved", "partly_achieved")}),
        ),
    },
)  # fmt: skip

STORIES = (INCIDENTS, CHANGES, REQUESTS, PROBLEMS, ACCESS, ARTICLES, IMPROVEMENTS)
