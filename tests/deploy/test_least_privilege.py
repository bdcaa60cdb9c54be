"""Muster runs as the image and the unit have it: nobody, no rights, a disk that cannot be written.

In a mount namespace of its own, where this machine lets a process have one.
"""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.running import environment

ROOT = Path(__file__).parents[2]
#: prctl(2): from now on no memory may become executable, as MemoryDenyWriteExecute= has it.
_PR_SET_MDWE, _REFUSE_EXEC_GAIN = 65, 1
#: As the image has it.
_NOBODY = 10001
_PREPARE = """
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=1777 tmpfs "$2"
for disk in $(awk -v home="$2" '$2 !~ "^/(proc|sys|dev)" && $2 != home {print $2}' /proc/mounts); do
    mount -o remount,bind,ro "$disk"
done
if touch "$1/written" 2>/dev/null; then echo "the disk can be written" >&2; exit 3; fi
nobody=$3
shift 3
exec setpriv --reuid "$nobody" --regid "$nobody" --clear-groups --no-new-privs \
    --bounding-set=-all --inh-caps=-all "$@"
"""
_MUSTER = f"""
import ctypes, os, sys
told = ctypes.CDLL(None).prctl({_PR_SET_MDWE}, {_REFUSE_EXEC_GAIN}, 0, 0, 0)
print(told, flush=True)
os.execv(sys.executable, [sys.executable, "-m", "bot.cli", "run"])
"""


def _everybody_can_read(program: Path) -> bool:
    """Not a Python in root's own folder: root without any rights may at least read that."""
    return all(each.stat().st_mode & 0o001 for each in (program, *program.parents))


def _can_have_namespaces() -> bool:
    if not all(map(shutil.which, ("unshare", "setpriv"))):
        return False
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    return tried.returncode == 0


@pytest.mark.skipif(
    not _can_have_namespaces(), reason="needs root, unshare and setpriv for a read-only disk"
)
def test_muster_works_on_a_disk_that_cannot_be_written_and_without_rights() -> None:
    home = Path("/srv")  # of the namespace, in memory
    user = _NOBODY if _everybody_can_read(Path(sys.executable).resolve()) else 0
    settings = {"port": "0", "log_format": "json", "playground": "off"}
    process = subprocess.Popen(
        [
            *("unshare", "--mount", "sh", "-c", _PREPARE, "sh", str(ROOT), str(home), str(user)),
            *(sys.executable, "-c", _MUSTER),
        ],
        cwd=ROOT,
        env={**environment(home, **settings), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said: list[str] = []
    try:
        assert process.stderr is not None
        assert process.stdout is not None
        address = None
        for line in process.stderr:
            said.append(line)
            if '"ready"' in line:
                address = json.loads(line)["address"]
                break
        assert address is not None, said[-10:]
        refuses = process.stdout.readline().strip() == "0"
        assert refuses or not _kernel_can_refuse(), "memory may still become executable"
        asking = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
        asking.request("GET", "/readyz")
        answer = asking.getresponse()
        assert answer.status == 200, answer.read()
        asking.close()
        status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
        for line in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"):
            assert line in status
        assert f"Uid:\t{user}\t" in status
    finally:
        process.terminate()
        rest, errors = process.communicate(timeout=30)
    assert process.returncode == 0, (rest, errors[-2000:])


def _kernel_can_refuse() -> bool:
    """Linux 6.3 and newer; asked in another process, for it cannot be taken back."""
    child = os.fork()
    if child == 0:
        os._exit(0 if ctypes.CDLL(None).prctl(_PR_SET_MDWE, _REFUSE_EXEC_GAIN, 0, 0, 0) == 0 else 1)
    return os.waitpid(child, 0)[1] == 0
