"""Fetch uv as uv.lock pins it, with the standard library alone: python3 scripts/fetch_uv.py FOLDER.

For a machine whose Python has neither pip nor venv. Address and checksum are the lock's; what does
not match the checksum is not unpacked. Leaves FOLDER/bin/uv.
"""

import hashlib
import io
import platform
import sys
import tomllib
import urllib.request
import zipfile
from pathlib import Path

LOCK = Path(__file__).parent.parent / "uv.lock"
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}  # other names for the same


def wheel_for_this_machine() -> dict[str, str]:
    """The entry of uv.lock, with its `url` and `hash`, for a wheel that runs here."""
    machine = platform.machine().lower()
    if sys.platform == "darwin":
        tags = ("macosx", machine)
    else:
        libc = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
        tags = (libc, MACHINES.get(machine, machine))
    packages = tomllib.loads(LOCK.read_text(encoding="utf-8"))["package"]
    wheels: list[dict[str, str]] = next(p["wheels"] for p in packages if p["name"] == "uv")
    for wheel in wheels:
        if all(tag in wheel["url"].rpartition("/")[2] for tag in tags):
            return wheel
    sys.exit(f"uv has no wheel for {' '.join(tags)}")


def main(folder: Path) -> None:
    """Fetch, check and unpack."""
    wheel = wheel_for_this_machine()
    try:
        with urllib.request.urlopen(wheel["url"], timeout=60) as answer:
            content = answer.read()
    except OSError as error:
        sys.exit(f"{wheel['url']}: {error}")
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != wheel["hash"]:
        sys.exit("the wheel of uv is not the one that uv.lock names")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        inside = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
        program = archive.read(inside)
    target = folder / "bin" / "uv"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(program)
    target.chmod(0o755)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
