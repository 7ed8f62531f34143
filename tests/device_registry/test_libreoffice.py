"""A file that LibreOffice Calc saved comes in, and Calc reads our Annex 1 as we wrote it (PJ §3(2), Annex 1).

Where `soffice` is not installed these tests are skipped: `apt-get install libreoffice-calc-nogui` on Debian.
"""

from __future__ import annotations

import asyncio
import csv
import io
import shutil
from pathlib import Path
from typing import Final

import openpyxl
import pytest

from common.values.law import PJ_ANNEX_1
from tests.device_registry.cleanup_story import CAMPAIGN, all_decided, draft, report_of
from tests.device_registry.inventories import send, send_workbook
from tests.world import World

SOFFICE: Final = shutil.which("soffice") or ""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SOFFICE, reason="LibreOffice Calc is not installed"),
]

# Codes as text, days, a formula's result, a leading apostrophe, line breaks: what Calc keeps in its own way.
INVENTORY: Final = (
    "设置地点,行政区,经度(WGS84),纬度(WGS84),设备编号,自编号,启用时间,违法指数,备注\r\n"
    '"示范路1号,东侧",徐汇区,121.445721,31.210443,31010400001190000001,A-001,2024-05-02,11662,"第一行\n第二行"\r\n'
    "示范路2号,黄浦区,121.490000,31.230000,31010400001190000002,A-002,2023-01-31,0,无\r\n"
)
_UTF8_CSV: Final = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"


async def saved(folder: Path, name: str, data: bytes, form: str, *, reading: str = "") -> bytes:
    """The file `data` as Calc saves it in `form`; `reading` is how Calc reads it."""
    source, out = folder / name, folder / "out"
    source.write_bytes(data)
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    opened = [f"--infilter={reading}"] if reading else []
    command = [profile, "--headless", *opened, "--convert-to", form, "--outdir", str(out), str(source)]
    process = await asyncio.create_subprocess_exec(SOFFICE, *command, stdout=asyncio.subprocess.PIPE)
    await asyncio.wait_for(process.communicate(), 120)
    return (out / f"{source.stem}.{form.partition(':')[0]}").read_bytes()


async def test_an_inventory_that_calc_saved_as_a_workbook_and_as_text_is_read_alike(
    world: World, tmp_path: Path
) -> None:
    admin = world.person("DEVICE_ADMIN")
    # Column 5 is text: a spreadsheet that reads a code of 20 digits as a number rounds it, and the import refuses that.
    as_text = "CSV:44,34,76,1,5/2/6/2"
    book = await saved(tmp_path, "book.csv", INVENTORY.encode(), "xlsx", reading=as_text)
    rounded = await saved(tmp_path, "rounded.csv", INVENTORY.encode(), "xlsx", reading="CSV:44,34,76,1")
    text = await saved(tmp_path, "text.xlsx", book, _UTF8_CSV)

    first = (await send_workbook(admin, book)).json()
    again = (await send(admin, text)).json()
    refused = (await send_workbook(admin, rounded, source="rounded")).json()

    assert [first[name] for name in ("imported", "refused")] == [2, 0], first
    assert [again[name] for name in ("unchanged", "updated", "imported", "refused")] == [2, 0, 0, 0], again
    assert first["read"]["first_row"]["place"] == "示范路1号,东侧"
    assert [row["errors"][0]["code"] for row in refused["rows"]] == ["IMP_MANGLED"] * 2
    device = (await admin.get(f"/v1/devices/{first['rows'][0]['device_id']}")).json()
    assert (device["device_code"], device["agency_number"]) == ("31010400001190000001", "A-001")


def said(cell: object, text: str) -> object:
    """`text`, which Calc shows for `cell`, as a value of the cell's type: an amount is shown with two decimals."""
    if cell is None:
        return None if text == "" else text
    return type(cell)(text)  # type: ignore[call-arg]


@pytest.mark.law(PJ_ANNEX_1)
@pytest.mark.begins(CAMPAIGN)
async def test_calc_and_openpyxl_read_the_same_cells_of_annex_1(world: World, tmp_path: Path) -> None:
    await all_decided(world)
    assert (await draft(world)).status_code == 201
    answer = await world.person("DEVICE_ADMIN").get(f"{await report_of(world)}/annex-1-workbook")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    ours = list(sheet.iter_rows(values_only=True))

    text = await saved(tmp_path, "annex.xlsx", answer.content, _UTF8_CSV)
    theirs = list(csv.reader(io.StringIO(text.decode())))

    assert len(theirs) == len(ours) > 8
    for mine, read in zip(ours, theirs, strict=True):
        cells = read + [""] * (len(mine) - len(read))
        assert [said(cell, text) for cell, text in zip(mine, cells, strict=True)] == list(mine)
