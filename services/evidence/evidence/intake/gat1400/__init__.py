"""GA/T 1400 as real cameras write it: parsed loosely, every repair a flag (GA/T 1400.3 and .4).

    body ──reading──▶ document ──envelopes──▶ objects of one push ──objects──▶ Item | Broken
                                                     each field: values, plates

The exact bytes are kept elsewhere, by hash: a value that is dropped here is not lost. `docs/INTAKE.md` lists every
variant with its flag.
"""

from evidence.intake.gat1400.envelopes import (
    MAX_OBJECTS,
    MOTOR_VEHICLE,
    NON_MOTOR_VEHICLE,
    PUSH,
    PUSHES,
    Sort,
    device_id,
    listed,
    vehicles,
)
from evidence.intake.gat1400.objects import (
    Broken,
    Item,
    Link,
    RawPicture,
    decoded,
    image_type,
    parse,
    subject_with_flags,
)
from evidence.intake.gat1400.reading import read_json
from evidence.intake.gat1400.values import moment

__all__ = (
    "MAX_OBJECTS",
    "MOTOR_VEHICLE",
    "NON_MOTOR_VEHICLE",
    "PUSH",
    "PUSHES",
    "Broken",
    "Item",
    "Link",
    "RawPicture",
    "Sort",
    "decoded",
    "device_id",
    "image_type",
    "listed",
    "moment",
    "parse",
    "read_json",
    "subject_with_flags",
    "vehicles",
)
