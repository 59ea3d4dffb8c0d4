"""One `[[devices]]` table for each row of DRIVERS: whoever adds a driver adds its line here."""

from __future__ import annotations

EXAMPLES: dict[str, dict[str, object]] = {
    "weighbridge": {"id": "wb-1", "link": "serial:/dev/ttyUSB0", "dialect": "yaohua-tf0"},
    "card-reader": {"id": "rd-1", "link": "serial:/dev/ttyUSB1"},
    "weigh-transmitter": {"id": "wb-2", "link": "serial:/dev/ttyUSB3", "map": "dini-dgt4x"},
    "air-sensor": {"id": "air-1", "link": "serial:/dev/ttyUSB2", "map": "sonbest-sm7901"},
    "badge-mqtt": {"id": "badges", "topic": "owntracks/+/{id}", "preset": "owntracks"},
    "ble-beacons": {"id": "ble-1", "only": ["2f234454-cf6d-4a0f-adf2-f4911ba9ffa6"]},
    "rfid-reader": {"id": "uhf-1", "link": "serial:/dev/ttyUSB2?baud=115200", "protocol": "r2000"},
    "speaker": {
        "id": "sp-1",
        "kind": "dfplayer",
        "link": "serial:/dev/ttyUSB3",
        "prompts": [{"name": "wrong-bin", "track": 3}],
    },
    "jt808-server": {"id": "terms-1", "listen": "tcp:127.0.0.1:7808"},
    "gt06-server": {"id": "terms-2", "listen": "tcp:127.0.0.1:5023"},
    "camera": {
        "id": "cam-1",
        "source": "rtsp://10.0.0.7/stream1",
        "zones": [{"name": "pavement", "points": [[0, 0.5], [1, 0.5], [1, 1]]}],
    },
    "gnss": {"id": "gnss-1", "link": "serial:/dev/ttyACM0?baud=115200"},
    "switch": {"id": "lamp-1", "kind": "gpio", "pin": 17},
}
