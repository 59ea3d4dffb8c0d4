"""Days written by hand, each with the reasoning by which a person judged it.

The shift is 08:00 to 17:00 with a break from 12:00 to 13:00 (480 minutes expected), unless it says
otherwise; a badge reports every 20 s. Late is more than 5 minutes, and so is early.
"""

from __future__ import annotations

from contract.rosters.shift import BadgeSpan
from tests.edge_agent.roles.attendance.days import Carried, GoldenDay, clock, planned

TO_WORK = (("07:40", "home"), ("07:55", "work"))
HOME = (("17:02", "work"), ("17:20", "home"))
NIGHT = planned("22:00", "30:00", breaks=(("26:00", "26:30"),))
SWAPPED = planned(
    badges=(
        BadgeSpan("b-1", clock("08:00"), clock("11:00")),
        BadgeSpan("b-2", clock("11:00"), clock("17:00")),
    )
)

GOLDEN_DAYS = (
    GoldenDay(
        "honest",
        "There before eight, there after five, at lunch in the area: the whole 480 minutes.",
        "present",
        (478, 480),
        (Carried((*TO_WORK, *HOME)),),
        first_in="07:54",
        last_out="17:04",
    ),
    GoldenDay(
        "late by six minutes",
        "Over the border at about 08:06: more than five minutes after eight.",
        "late",
        (471, 476),
        (Carried((("07:50", "gate"), ("08:05:30", "gate"), ("08:07", "work"), *HOME)),),
        first_in="08:06",
    ),
    GoldenDay(
        "late by four minutes",
        "Over the border at about 08:03:30: within the five minutes that are nobody's business.",
        "present",
        (474, 478),
        (Carried((("07:50", "gate"), ("08:03", "gate"), ("08:04:30", "work"), *HOME)),),
    ),
    GoldenDay(
        "left early",
        "Leaves at half past four and does not come back.",
        "left-early",
        (449, 453),
        (Carried((*TO_WORK, ("16:30", "work"), ("16:45", "home"), ("17:15", "home"))),),
        last_out="16:31",
    ),
    GoldenDay(
        "late and left early",
        "Late is told by the verdict, the early leaving by last_out.",
        "late",
        (389, 394),
        (
            Carried(
                (
                    *(("07:40", "home"), ("08:45", "home"), ("09:00", "work")),
                    *(("16:30", "work"), ("16:45", "home"), ("17:15", "home")),
                )
            ),
        ),
        first_in="08:59",
        last_out="16:31",
    ),
    GoldenDay(
        "short visit",
        "Comes for ten minutes to show the badge and goes: 2 % of the day is not attending.",
        "absent",
        (8, 13),
        (
            Carried(
                (
                    *(("07:40", "home"), ("09:00", "home"), ("09:15", "work")),
                    *(("09:25", "work"), ("09:40", "home"), ("17:15", "home")),
                )
            ),
        ),
    ),
    GoldenDay(
        "in for a minute",
        "Crosses a corner of the area within two minutes: that is passing by.",
        "absent",
        (0, 0),
        (
            Carried(
                (
                    *(("07:40", "home"), ("09:00", "gate"), ("09:01", "border")),
                    *(("09:01:30", "work"), ("09:02", "border"), ("09:03", "gate")),
                    *(("09:20", "home"), ("17:15", "home")),
                )
            ),
        ),
    ),
    GoldenDay(
        "canyon drift",
        "At work near the border; twice the street canyon shows the badge 30-40 m too far east for two "
        "minutes. That is no leaving, the minutes count.",
        "present",
        (477, 480),
        (
            Carried(
                (
                    *(("07:40", "home"), ("07:55", "work"), ("10:00", "work"), ("10:02", "border")),
                    *(("10:20", "border"), ("10:22", "work"), ("16:58", "work"), *HOME),
                ),
                offset=(
                    ("10:00", "10:22", -20.0),
                    ("10:05", "10:07", 55.0),
                    ("10:12", "10:14", 60.0),
                ),
                wander_m=2.0,
            ),
        ),
    ),
    GoldenDay(
        "border stander",
        "Stands on the border all day: whether in or out nobody can say, so nothing is said.",
        "unknown",
        (0, 240),
        (
            Carried(
                (("07:40", "border"), ("17:20", "border")),
                wander_m=1.0,
                noise_m=5.0,
            ),
        ),
    ),
    GoldenDay(
        "gap in the middle",
        "Two hours without a word, before and after at work: even if gone in between, came in time, "
        "stayed to the end and was there for most of the day. Minutes: only what is known.",
        "present",
        (358, 361),
        (Carried((*TO_WORK, *HOME), silent=(("09:30", "11:30"),)),),
    ),
    GoldenDay(
        "short gap in the middle",
        "Twenty minutes without a word between two that are clearly inside are not held against anyone.",
        "present",
        (478, 480),
        (Carried((*TO_WORK, *HOME), silent=(("09:30", "09:50"),)),),
    ),
    GoldenDay(
        "dead battery",
        "Silent from two on: whether the person left early nobody knows.",
        "unknown",
        (298, 301),
        (Carried((*TO_WORK, *HOME), silent=(("14:00", "18:00"),)),),
    ),
    GoldenDay(
        "blind spot, the batch came later",
        "The fixes of three hours were sent in the evening: they count by their own time.",
        "present",
        (478, 480),
        (Carried((*TO_WORK, *HOME), blind=(("13:30", "16:30"),)),),
    ),
    GoldenDay(
        "night shift over midnight",
        "22:00 to 06:00 with half an hour's break: 450 minutes, all there.",
        "present",
        (448, 450),
        (Carried((("21:45", "home"), ("21:58", "work"), ("30:03", "work"), ("30:15", "home"))),),
        shift=NIGHT,
    ),
    GoldenDay(
        "left a night shift at four",
        "Goes home at four in the morning, of a shift that lasts until six.",
        "left-early",
        (328, 333),
        (
            Carried(
                (
                    ("21:45", "home"),
                    ("21:58", "work"),
                    ("28:00", "work"),
                    ("28:15", "home"),
                    ("30:15", "home"),
                )
            ),
        ),
        shift=NIGHT,
    ),
    GoldenDay(
        "break spent at home",
        "Away from twelve to one, and a few minutes of the way: the break is nobody's business.",
        "present",
        (475, 480),
        (
            Carried(
                (
                    *TO_WORK,
                    ("12:00", "work"),
                    ("12:15", "home"),
                    ("12:45", "home"),
                    ("13:00", "work"),
                    *HOME,
                )
            ),
        ),
    ),
    GoldenDay(
        "did not come back from the break",
        "Away from twelve on.",
        "left-early",
        (238, 242),
        (Carried((*TO_WORK, ("12:00", "work"), ("12:15", "home"), ("17:15", "home"))),),
        last_out="12:01",
    ),
    GoldenDay(
        "rode a scooter up and down",
        "All day at 16 km/h through the area, north to south and back: a badge on wheels is no proof "
        "of work, and no proof of absence.",
        "unknown",
        (0, 5),
        (
            Carried(
                tuple(
                    (f"{7 + m // 60:02}:{m % 60:02}", "north" if m % 2 else "south")
                    for m in range(40, 620)
                ),
                every_s=10,
                wander_m=1.0,
            ),
        ),
    ),
    GoldenDay(
        "crew in a truck",
        "The same rides, but the roster names the crew: riding in the area is their work.",
        "present",
        (478, 480),
        (
            Carried(
                tuple(
                    (f"{7 + m // 60:02}:{m % 60:02}", "north" if m % 2 else "south")
                    for m in range(40, 620)
                ),
                every_s=10,
                wander_m=1.0,
            ),
        ),
        shift=planned(crew="truck-7"),
    ),
    GoldenDay(
        "badge swapped at eleven",
        "The old badge goes to the depot with its charger, the new one works: both are this person's, "
        "each for its time.",
        "present",
        (477, 480),
        (
            Carried((*TO_WORK, ("11:00", "work"), ("11:30", "depot"), ("17:15", "depot"))),
            Carried(
                (("10:30", "depot"), ("10:55", "work"), *HOME),
                badge="b-2",
                seed=2,
            ),
        ),
        shift=SWAPPED,
    ),
    GoldenDay(
        "silent all day",
        "Not one fix: a silent badge is not an absent person.",
        "unknown",
        (0, 0),
        (),
    ),
    GoldenDay(
        "elsewhere all day",
        "The badge lies at home and says so every twenty seconds.",
        "absent",
        (0, 0),
        (Carried((("07:30", "home"), ("17:20", "home")), wander_m=0.5),),
    ),
    GoldenDay(
        "elsewhere, and silent for an hour",
        "At home whenever heard; unheard for one hour of eight (12 %): even an hour's work would not "
        "be a day's attendance.",
        "absent",
        (0, 0),
        (
            Carried(
                (("07:30", "home"), ("17:20", "home")), wander_m=0.5, silent=(("09:00", "10:00"),)
            ),
        ),
    ),
    GoldenDay(
        "elsewhere, and silent for half the day",
        "At home whenever heard, but unheard all afternoon: who was at work then was late, not absent.",
        "unknown",
        (0, 0),
        (
            Carried(
                (("07:30", "home"), ("17:20", "home")), wander_m=0.5, silent=(("13:00", "17:10"),)
            ),
        ),
    ),
    GoldenDay(
        "a second badge with the same number",
        "At work all day, but until noon another device far away says the same name: nobody can tell "
        "which of them the person had then, and whether it was late.",
        "unknown",
        (238, 300),
        (
            Carried((*TO_WORK, *HOME)),
            Carried((("07:30", "far"), ("12:00", "far")), seed=2, wander_m=5.0),
        ),
    ),
    GoldenDay(
        "frozen at home",
        "The receiver gave its last position at home again and again, to the last bit, and counted no "
        "satellites: where the badge was nobody knows.",
        "unknown",
        (0, 0),
        (Carried((("07:30", "home"), ("17:20", "home")), wander_m=0.0, noise_m=0.0),),
    ),
    GoldenDay(
        "rested where the receiver holds still",
        "Forty minutes on a bench with a receiver that holds its position while it stands: the work "
        "before and after goes on from there.",
        "present",
        (478, 480),
        (
            Carried((("07:40", "home"), ("07:55", "work"), ("10:00", "work")), seed=1),
            Carried((("10:00", "work"), ("10:40", "work")), wander_m=0.0, noise_m=0.0),
            Carried((("10:40", "work"), *HOME), seed=2),
        ),
    ),
)
