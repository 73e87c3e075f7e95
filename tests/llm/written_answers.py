"""What authors of domains and tools might answer: a whole domain, and one more tool for it."""

from __future__ import annotations

from typing import Any

DOMAIN: dict[str, Any] = {
    "name": "rowing_club_pontoon",
    "title": "Pontoon Rowing Club",
    "setting": "A rowing club on a large lake; members plan trips in its boats and pay their "
    "fees once a year.",
    "currency": "EUR",
    "people": {
        "given": [
            "Anna",
            "Bela",
            "Carlo",
            "Dora",
            "Emil",
            "Franka",
            "Gero",
            "Hanna",
            "Ivo",
            "Jule",
        ],
        "surnames": [
            "Adler",
            "Brand",
            "Clausen",
            "Dorn",
            "Ebert",
            "Frings",
            "Gast",
            "Harms",
            "Ihle",
            "Jost",
        ],
    },
    "settings": {"max_open": 2, "horizon_days": 14},
    "tables": {
        "boat": {
            "noun": "boat",
            "plural": "boats",
            "prefix": "BT-",
            "size": [8, 12],
            "fields": {
                "name": {
                    "about": "Name of the boat.",
                    "pool": [
                        "Heron",
                        "Gannet",
                        "Tern",
                        "Plover",
                        "Dunlin",
                        "Avocet",
                        "Curlew",
                        "Teal",
                        "Wigeon",
                        "Pochard",
                        "Smew",
                        "Eider",
                        "Scoter",
                    ],
                },
                "seats": {"about": "Seats.", "int": [1, 8], "minimum": 1, "maximum": 12},
                "rate": {"about": "Fee for a guest.", "money": [2, 12, 1]},
                "state": {
                    "about": "Whether it is in use.",
                    "choice": ["afloat", "afloat", "afloat", "laid_up"],
                },
            },
            "handles": [["name"]],
            "unique": [{"fields": ["name"]}],
        },
        "member": {
            "noun": "member",
            "plural": "members",
            "prefix": "MB",
            "size": [10, 14],
            "fields": {
                "name": {"about": "Full name.", "person": True},
                "email": {"about": "E-mail address.", "email": True},
                "paid_until": {"about": "Last day covered by the fees.", "date": [-60, 200]},
            },
            "handles": [["name"], ["email"]],
        },
        "trip": {
            "noun": "trip",
            "plural": "trips",
            "prefix": "TR",
            "size": [12, 18],
            "fields": {
                "boat": {"about": "Boat that goes out.", "ref": "boat"},
                "member": {"about": "Who answers for it.", "ref": "member"},
                "day": {"about": "Day of the trip.", "date": [-10, 12]},
                "party": {"about": "People on board.", "int": [1, 4], "minimum": 1, "maximum": 14},
                "fee": {"about": "Fee for guests.", "expr": {"mul": ["$row.party", "$boat.rate"]}},
                "status": {"about": "Where it stands."},
            },
            "handles": [["member", "day"], ["boat", "day"]],
            "life": {
                "field": "status",
                "start": "planned",
                "share": {"planned": 6, "done": 3, "cancelled": 1},
                "next": {"planned": ["done", "cancelled"], "done": [], "cancelled": []},
            },
        },
    },
    "operations": {
        "find_boats": {
            "verb": "search",
            "name": "find boats",
            "about": "Boats by name, seats and state, in order of their names.",
            "params": {
                "name": {"filter": "boat.name", "about": "Name or part of it."},
                "min_seats": {"filter": "boat.seats", "match": "ge", "name": "min seats"},
                "state": {"filter": "boat.state"},
                "limit": {"control": "limit"},
            },
            "errors": {},
            "steps": [
                {
                    "search": {
                        "table": "boat",
                        "as": "found",
                        "order": ["name", "asc"],
                        "limit": "$limit",
                        "count": "total",
                    }
                },
                {"return": {"boats": "$found", "total": "$total"}},
            ],
        },
        "find_members": {
            "verb": "search",
            "name": "find members",
            "about": "Members by name or e-mail address.",
            "params": {"name": {"filter": "member.name"}, "email": {"filter": "member.email"}},
            "errors": {},
            "steps": [
                {"search": {"table": "member", "as": "found", "count": "total"}},
                {"return": {"members": "$found", "total": "$total"}},
            ],
        },
        "list_trips": {
            "verb": "list",
            "name": "list trips",
            "about": "Trips by boat, member, day or status, latest first.",
            "params": {
                "boat": {"filter": "trip.boat"},
                "member": {"filter": "trip.member"},
                "day": {"filter": "trip.day"},
                "status": {"filter": "trip.status"},
            },
            "errors": {},
            "steps": [
                {
                    "search": {
                        "table": "trip",
                        "as": "found",
                        "order": ["day", "desc"],
                        "count": "total",
                    }
                },
                {"return": {"trips": "$found", "total": "$total"}},
            ],
        },
        "plan_trip": {
            "verb": "create",
            "name": "plan trip",
            "about": "Plans a trip on a day for a member whose fees are paid, "
            "at most {horizon_days} days ahead.",
            "params": {
                "boat_id": {"id": "boat"},
                "member_id": {"id": "member"},
                "day": {"field": "trip.day", "gen": {"date": [0, 20]}},
                "party": {"field": "trip.party", "minimum": 1, "maximum": 14},
            },
            "errors": {
                "laid_up": "{boat.name} is {boat.state} and does not go out.",
                "too_small": "{boat.name} has {boat.seats} seats, not {party}.",
                "fees_open": "{member.name} has paid until {member.paid_until} only.",
                "too_far": "{day} is more than {horizon_days} days ahead.",
                "out_already": "{boat.name} is out on {day}.",
            },
            "steps": [
                {"lookup": "boat"},
                {"lookup": "member"},
                {"require": {"that": {"eq": ["$boat.state", "afloat"]}, "error": "laid_up"}},
                {"require": {"that": {"le": ["$party", "$boat.seats"]}, "error": "too_small"}},
                {"require": {"that": {"ge": ["$member.paid_until", "$day"]}, "error": "fees_open"}},
                {
                    "require": {
                        "that": {"le": [{"days_between": ["$today", "$day"]}, "$horizon_days"]},
                        "error": "too_far",
                    }
                },
                {
                    "search": {
                        "table": "trip",
                        "as": "out",
                        "filters": False,
                        "match": [
                            ["boat", "eq", "$boat.id"],
                            ["day", "eq", "$day"],
                            ["status", "eq", "planned"],
                        ],
                    }
                },
                {"require": {"that": {"eq": [{"len": ["$out"]}, 0]}, "error": "out_already"}},
                {
                    "insert": {
                        "table": "trip",
                        "set": {
                            "boat": "$boat.id",
                            "member": "$member.id",
                            "day": "$day",
                            "party": "$party",
                            "fee": {"mul": ["$party", "$boat.rate"]},
                        },
                        "as": "trip",
                    }
                },
                {"return": {"trip": "$trip", "seats left": {"sub": ["$boat.seats", "$party"]}}},
            ],
        },
        "cancel_trip": {
            "verb": "cancel",
            "name": "cancel trip",
            "about": "Cancels a trip that is still planned.",
            "params": {"trip_id": {"id": "trip"}},
            "errors": {"not_planned": "Trip {trip_id} is {trip.status}."},
            "steps": [
                {"lookup": "trip"},
                {"transition": {"row": "trip", "to": "cancelled", "error": "not_planned"}},
                {"return": {"trip": "$trip"}},
            ],
        },
        "trips_of_boats": {
            "verb": "aggregate",
            "name": "count trips",
            "about": "Trips since a day, counted by status, with their fees.",
            "params": {
                "since": {
                    "filter": "trip.day",
                    "match": "ge",
                    "required": True,
                    "name": "since",
                    "gen": {"date": [-10, 0]},
                }
            },
            "errors": {},
            "steps": [
                {"search": {"table": "trip", "as": "found"}},
                {
                    "return": {
                        "by status": {"group": ["$found"], "by": "status", "total": "fee"},
                        "fees": {"sum": ["$found.fee"]},
                    }
                },
            ],
        },
    },
    "policies": [
        {
            "code": "paid_up",
            "text": "Only members whose fees cover the day go out.",
            "enforced_by": "plan_trip.fees_open",
        },
        {
            "code": "ahead",
            "text": "Trips are planned at most {horizon_days} days ahead.",
            "enforced_by": "plan_trip.too_far",
        },
    ],
}

TOOL: dict[str, Any] = {
    "verb": "update",
    "name": "swap boat",
    "about": "Moves a planned trip to another boat that is afloat and has seats for the party. "
    "Refuses trips that are over.",
    "params": {"trip_id": {"id": "trip"}, "boat_id": {"id": "boat"}},
    "errors": {
        "not_planned": "Trip {trip_id} is {trip.status}.",
        "laid_up": "{boat.name} is {boat.state} and does not go out.",
        "too_small": "{boat.name} has {boat.seats} seats, not {trip.party}.",
    },
    "steps": [
        {"lookup": "trip"},
        {"lookup": "boat"},
        {"require": {"that": {"eq": ["$trip.status", "planned"]}, "error": "not_planned"}},
        {"require": {"that": {"eq": ["$boat.state", "afloat"]}, "error": "laid_up"}},
        {"require": {"that": {"le": ["$trip.party", "$boat.seats"]}, "error": "too_small"}},
        {"update": {"row": "trip", "set": {"boat": "$boat.id"}}},
        {"return": {"trip": "$trip", "boat": "$boat"}},
    ],
}
