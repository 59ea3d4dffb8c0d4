"""One payload of every type of the catalogue, filled as far as it goes."""

from __future__ import annotations

from decimal import Decimal

from contract.payloads.air import AirAlarm, AirSummary
from contract.payloads.attendance import (
    AttendanceException,
    AttendanceShift,
    AttendanceTrack,
    Fixes,
    Planned,
)
from contract.payloads.base import ModelRef, Payload, PhotoRef, Place
from contract.payloads.camera import CameraLooks, LookCount
from contract.payloads.evidence import (
    CameraView,
    EvidenceClip,
    EvidenceOriginal,
    EvidencePhoto,
)
from contract.payloads.gateway import (
    Anchor,
    CommandResult,
    DeviceHealth,
    GatewayHealth,
    GatewayNotice,
    LaneEnd,
    PreviousEpoch,
    Shed,
)
from contract.payloads.patrol import PatrolFlight
from contract.payloads.problem import Problem
from contract.payloads.relook import RelookResult
from contract.payloads.truck import Plate, TruckPassage
from contract.payloads.waste import DepositCount, WasteDeposit, Window
from contract.payloads.weigh import Revision, Stability, Vehicle, WeighAnomaly, WeighTicket

AT = "2026-09-10T00:26:40.001Z"
LATER = "2026-09-10T08:26:40.001Z"
PHOTO = PhotoRef(sha256="ab" * 32, taken=AT, camera="cam-1")

PAYLOAD_SAMPLES: tuple[Payload, ...] = (
    WeighTicket(
        ticket_no="cs-017-000042",
        weighbridge="wb-1",
        gross_kg=Decimal(12340),
        tare_kg=Decimal("7010.5"),
        net_kg=Decimal("5329.5"),
        tare_source="stored",
        started=AT,
        settled=AT,
        ended=LATER,
        raw_sha256="cd" * 32,
        settlement="ok",
        vehicle=Vehicle(plate="粤A12345", confidence=0.98, source="rfid"),
        carrier="c-1",
        lot="lot-2",
        stream="residual",
        origin="o",
        destination="d",
        purpose="p",
        stability=Stability(samples=12, spread_kg=Decimal(0), basis="repeats"),
        photos=(PHOTO,),
        anomalies=("over-capacity",),
        revision=Revision(of_ticket="cs-017-000041", kind="correction", reason="typo", actor="li"),
    ),
    WeighAnomaly(
        problem_id="wb-1/over-capacity/1",
        phase="opened",
        kind="over-capacity",
        weighbridge="wb-1",
        value=Decimal(61000),
        limit=Decimal(60000),
        unit="kg",
    ),
    AirSummary(
        sensor="nh3-1",
        quantity="ammonia",
        unit="ppm",
        window_s=300,
        n=300,
        min=0.1,
        max=0.4,
        mean=0.22,
        p95=0.35,
        last=0.2,
    ),
    AirAlarm(sensor="nh3-1", quantity="ammonia", value=31.5, limit=25.0, phase="raised"),
    AttendanceShift(
        badge="460001234567",
        person="p-1",
        area="grid-12",
        planned=Planned(start=AT, end=LATER),
        first_in=AT,
        last_out=LATER,
        minutes_inside=470,
        minutes_expected=480,
        coverage=0.97,
        verdict="present",
        fixes=Fixes(n=480, used=470, rejected={"jump": 10}),
        shift="p-1/2026-11-21/1",
        revision=1,
        amended=True,
        fences={"grid-12": 3},
        reasons=("inside from 06:00 to 14:02",),
        spot_checked=True,
    ),
    AttendanceTrack(
        shift="p-1/2026-11-21/1",
        person="p-1",
        badges=("460001234567",),
        planned=Planned(start=AT, end=LATER),
        n=480,
        track=PHOTO,
        requested_by="operator/li",
        reason="complaint 17 of the worker",
    ),
    AttendanceException(
        problem_id="proxy/1",
        phase="opened",
        kind="proxy-suspected",
        badges=("460001234567", "460001234568"),
        since=AT,
        area="grid-12",
        evidence=(PHOTO,),
    ),
    Problem(
        problem_id="cam-1/09006/1",
        phase="updated",
        class_code="09006",
        place=Place(lon=113.26, lat=23.13, error_m=4.0, zone="z", camera="cam-1", preset="p2"),
        first_seen=AT,
        last_seen=LATER,
        sightings=12,
        confidence=0.9,
        photos=(PHOTO,),
        model=ModelRef(name="street", sha256="ef" * 32),
    ),
    WasteDeposit(
        point="dp-3",
        window=Window(start=AT, end=LATER),
        counts=(DepositCount(stream="food", waste_class="bag", n=7),),
        correct=6,
        mixed=1,
        prompts=1,
        corrected_after_prompt=1,
    ),
    CameraLooks(
        camera="cam-1",
        window=Window(start=AT, end=LATER),
        looks=(
            LookCount(
                every_min=30,
                preset="shop-fronts",
                hours=("07:00-21:00",),
                seen=1,
                could_not_look=1,
                reasons={"dark": 1},
                last="could-not-look",
                last_at=LATER,
            ),
        ),
        full_looks=180,
    ),
    TruckPassage(
        pass_id="cp-1/77",
        plate=Plate(text="粤A12345", confidence=0.97, source="camera"),
        direction="out",
        cover="open",
        load="loaded",
        terminal="013912345678",
        permit="none",
        photos=(PHOTO,),
    ),
    PatrolFlight(
        mission="m-9",
        drone="d-1",
        phase="aborted",
        reason="wind",
        covered_m2=1200.5,
        photos=(PHOTO,),
        battery_percent=61.0,
        log_sha256="12" * 32,
    ),
    EvidenceOriginal(
        evidence=(PhotoRef(sha256="cd" * 32),),
        size_bytes=312_044,
        requested_by="token/li-na",
        reason="objection 4 of the shop",
    ),
    EvidencePhoto(
        camera="cam-1",
        preset="shop-fronts",
        requested_by="token/li-na",
        reason="is the stall still there",
        evidence=(PHOTO,),
        view="turned",
    ),
    EvidenceClip(
        camera="cam-1",
        occasion="06010",
        problem_id="cam-1-7K2M4Q-p3",
        begin=AT,
        end=AT,
        frames=30,
        original_sha256="cd" * 32,
        original_bytes=2_880_412,
        media_type="video/x-msvideo",
        evidence=(PHOTO,),
    ),
    CameraView(
        camera="cam-1",
        requested_by="gateway/Li Na",
        reason="the mast was replaced",
        zones=("pavement",),
        zones_sha256="ab" * 32,
        before="turned",
        evidence=(PHOTO,),
    ),
    RelookResult(case="wo-1", verdict="gone", confidence=0.93, photos=(PHOTO,)),
    GatewayHealth(
        uptime_s=3600,
        disk_free_bytes=10**9,
        disk_total_bytes=10**10,
        outbox={"urgent": 0, "routine": 12},
        clock="ntp",
        devices={"wb-1": DeviceHealth(state="up", last_seen=AT, counts={"frames": 12})},
        drops={"debug": 1},
        versions={"edile": "0.1.0"},
        temperatures_c={"cpu": 51.2},
    ),
    GatewayNotice(
        kind="started",
        previous=PreviousEpoch(
            epoch="0C9K2TQ7M4XWZ", lanes={"urgent": LaneEnd(seq=7, chain_head="00" * 32)}
        ),
        anchor=Anchor(bootid="b", monotime="12", utc=AT, err_ms=30),
        shed=Shed(what="raw", count=3, bytes=300),
        versions={"edile": "0.1.0"},
    ),
    CommandResult(command="c-1", outcome="refused", detail="under load"),
)
