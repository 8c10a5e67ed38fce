"""Each core of /proc/stat."""

from __future__ import annotations

from pathlib import Path

from collector.readers.cores import Cores
from collector.readings import Roots
from tests.collector.machine import TICK, roots


def test_capture() -> None:
    """One reading a core; a virtual machine's clock comes from cpuinfo."""
    first, second = Cores(roots("machine")).read(TICK)
    assert (first.name, second.name, first.attributes) == ("cpu0", "cpu1", {"device": "cpu0"})
    assert (first.values["system.cpu.time.idle"], first.values["system.cpu.frequency"]) == (2926.27, 2_445_404_000)


def test_clock_of_cpufreq(tmp_path: Path) -> None:
    """Where the kernel scales clocks, it says them in kHz; where nothing says it, it is absent."""
    (tmp_path / "stat").write_bytes(b"cpu 1 0 0 0 0 0 0 0\ncpu0 1 0 0 0 0 0 0 0\ncpu3 1 0 0 0 0 0 0 0\nintr 1\n")
    folder = tmp_path / "devices/system/cpu/cpu0/cpufreq"
    folder.mkdir(parents=True)
    (folder / "scaling_cur_freq").write_bytes(b"1800000\n")
    cpu0, cpu3 = Cores(Roots(str(tmp_path), str(tmp_path))).read(TICK)
    assert (cpu0.values["system.cpu.frequency"], cpu3.name) == (1_800_000_000, "cpu3")
    assert "system.cpu.frequency" not in cpu3.values
