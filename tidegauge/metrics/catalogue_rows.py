"""The catalogue's rows, by kind of entity, in groups that share unit, kind and decimals.

A metric that two kinds of entity have (the CPU time of a host and of a core) is written once, under
the first. A counter counts from the start that its entity names. Files are below /proc, /sys or,
for containers, their cgroup (v2 | v1).
"""

from __future__ import annotations

from tidegauge.metrics.catalogue import Metric
from tidegauge.metrics.records import Kind

Like = tuple[str, str, Kind, int | None]
Text = tuple[str, str, str]


def _group(like: Like, *texts: Text) -> tuple[Metric, ...]:
    """Rows of one (entity, unit, kind, decimals): a (name, help, formula) each."""
    return tuple(Metric(name, *like, meaning, formula) for name, meaning, formula in texts)


HOST_CPU = (
    *_group(
        ("host", "s", "counter", 2),
        ("system.cpu.time.user", "CPU time of programs, guests inside it", "stat: user / 100"),
        ("system.cpu.time.nice", "CPU time of programs of low priority", "stat: nice / 100"),
        ("system.cpu.time.system", "CPU time of the kernel", "stat: system / 100"),
        ("system.cpu.time.idle", "time with nothing to do", "stat: idle / 100, small falls held"),
        ("system.cpu.time.iowait", "idle time while a disk was awaited", "stat: iowait / 100, small falls held"),
        ("system.cpu.time.interrupt", "CPU time serving interrupts", "stat: (irq + softirq) / 100"),
        ("system.cpu.time.steal", "time the hypervisor gave to others", "stat: steal / 100"),
    ),
    *_group(
        ("host", "1", "gauge", 4),
        ("system.cpu.utilization", "share of all CPUs' time that was busy", "1 − Δ(idle + iowait) / Δ(all), stat"),
        ("system.cpu.utilization.user", "share of all CPUs' time in programs", "Δuser / Δ(all), stat"),
        ("system.cpu.utilization.nice", "share of all CPUs' time at low priority", "Δnice / Δ(all), stat"),
        ("system.cpu.utilization.system", "share of all CPUs' time in the kernel", "Δsystem / Δ(all), stat"),
        ("system.cpu.utilization.iowait", "share of all CPUs' time awaiting disks", "Δiowait / Δ(all), stat"),
        (
            "system.cpu.utilization.interrupt",
            "share of all CPUs' time in interrupts",
            "Δ(irq + softirq) / Δ(all), stat",
        ),
        ("system.cpu.utilization.steal", "share of all CPUs' time given to others", "Δsteal / Δ(all), stat"),
    ),
    *_group(
        ("host", "{cpu}", "gauge", 0),
        ("system.cpu.logical.count", "logical CPUs that are online", "stat: lines cpu0, cpu1, …"),
    ),
    *_group(
        ("host", "1", "gauge", 2),
        ("system.cpu.load_average.1m", "tasks running or in disk wait, mean of 1 min", "loadavg: field 1"),
        ("system.cpu.load_average.5m", "tasks running or in disk wait, mean of 5 min", "loadavg: field 2"),
        ("system.cpu.load_average.15m", "tasks running or in disk wait, mean of 15 min", "loadavg: field 3"),
    ),
    *_group(("host", "s", "gauge", 2), ("system.uptime", "time since the host booted", "uptime: field 1")),
)

HOST_MEMORY = (
    *_group(
        ("host", "By", "gauge", 0),
        ("system.memory.usage.used", "memory in use", "meminfo: MemTotal − free − cached − buffers"),
        ("system.memory.usage.free", "memory that holds nothing", "meminfo: MemFree"),
        ("system.memory.usage.cached", "page cache and reclaimable slab", "meminfo: Cached + SReclaimable"),
        ("system.memory.usage.buffers", "cache of block devices", "meminfo: Buffers"),
        ("system.memory.limit", "memory of the host", "meminfo: MemTotal"),
        ("system.memory.linux.available", "memory a new program could have without swap", "meminfo: MemAvailable"),
    ),
    *_group(
        ("host", "1", "gauge", 4),
        ("system.memory.utilization", "share of memory not available", "meminfo: 1 − MemAvailable / MemTotal"),
    ),
    *_group(
        ("host", "By", "gauge", 0),
        ("system.paging.usage.used", "swap in use", "meminfo: SwapTotal − SwapFree"),
        ("system.paging.usage.free", "swap that is free", "meminfo: SwapFree"),
    ),
    *_group(
        ("host", "1", "gauge", 4),
        (
            "system.paging.utilization",
            "share of swap in use; unknown without swap",
            "meminfo: 1 − SwapFree / SwapTotal",
        ),
    ),
    *_group(
        ("host", "{fault}", "counter", 0),
        ("system.paging.faults.minor", "page faults served without a disk", "vmstat: pgfault − pgmajfault"),
        ("system.paging.faults.major", "page faults that needed a disk", "vmstat: pgmajfault"),
    ),
    *_group(
        ("host", "{operation}", "counter", 0),
        ("system.paging.operations.in", "pages read back from swap", "vmstat: pswpin"),
        ("system.paging.operations.out", "pages written to swap", "vmstat: pswpout"),
    ),
)

HOST_KERNEL = (
    *_group(
        ("host", "{context_switch}", "counter", 0),
        ("system.context_switches", "changes of the running task", "stat: ctxt"),
    ),
    *_group(
        ("host", "{interrupt}", "counter", 0),
        ("system.interrupts", "interrupts served", "stat: intr, first number"),
    ),
    *_group(
        ("host", "{process}", "counter", 0),
        ("system.process.created", "processes and threads begun", "stat: processes"),
    ),
    *_group(
        ("host", "{process}", "gauge", 0),
        ("system.process.count.running", "tasks running or ready to run", "stat: procs_running | processes: state R"),
        ("system.process.count.blocked", "tasks waiting for a disk", "stat: procs_blocked"),
    ),
    *_group(
        ("host", "{connection}", "gauge", 0),
        ("system.network.connection.count.tcp", "TCP sockets in use, IPv4 and IPv6", "net/sockstat + sockstat6: inuse"),
        ("system.network.connection.count.udp", "UDP sockets in use, IPv4 and IPv6", "net/sockstat + sockstat6: inuse"),
        ("system.network.connection.count.tcp_time_wait", "TCP connections in TIME-WAIT", "net/sockstat: TCP tw"),
    ),
    *_group(
        ("host", "s", "counter", 6),
        ("system.linux.pressure.cpu.some", "time some task waited for a CPU", "pressure/cpu: some total / 10⁶"),
        ("system.linux.pressure.cpu.full", "time all tasks waited for a CPU", "pressure/cpu: full total / 10⁶"),
        ("system.linux.pressure.memory.some", "time some task waited for memory", "pressure/memory: some total / 10⁶"),
        ("system.linux.pressure.memory.full", "time all tasks waited for memory", "pressure/memory: full total / 10⁶"),
        ("system.linux.pressure.io.some", "time some task waited for I/O", "pressure/io: some total / 10⁶"),
        ("system.linux.pressure.io.full", "time all tasks waited for I/O", "pressure/io: full total / 10⁶"),
    ),
)

COLLECTOR = (
    *_group(
        ("host", "s", "counter", 4),
        ("tidegauge.collector.cpu.time", "CPU time of the collector", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)"),
    ),
    *_group(
        ("host", "s", "counter", 2),
        (
            "tidegauge.collector.engine.cpu.time",
            "CPU time of the container engine's daemon, where one runs",
            "[0-9]*/stat of dockerd and podman: (utime + stime) / 100",
        ),
    ),
    *_group(
        ("host", "By", "gauge", 0),
        ("tidegauge.collector.memory.usage", "resident memory of the collector", "self/statm: resident × page size"),
        ("tidegauge.collector.queue.size", "bytes of the records that wait", "sum of the records as they are sent"),
    ),
    *_group(
        ("host", "s", "gauge", 4),
        ("tidegauge.collector.tick.lateness", "how late this reading began", "monotonic clock − due time"),
        ("tidegauge.collector.read.duration", "how long the reading before took", "monotonic clock, all readers"),
        (
            "tidegauge.collector.queue.age",
            "age of the oldest record that waits, 0 without",
            "now − its first row's time",
        ),
    ),
    *_group(
        ("host", "{record}", "gauge", 0),
        ("tidegauge.collector.queue.records", "records that no server has taken yet", "records in the spool"),
        ("tidegauge.collector.dead_letters", "refused records that lie there for a person", "letters at rest"),
    ),
    *_group(
        ("host", "{record}", "counter", 0),
        ("tidegauge.collector.records.taken", "records that a server took", "answers: stored, duplicate"),
        ("tidegauge.collector.records.resent", "records posted again, each time", "records of the resend lane's posts"),
        ("tidegauge.collector.records.refused", "records not taken, wholly or in part", "answers: the other outcomes"),
        ("tidegauge.collector.records.dropped", "records given up as the queue was full", "oldest first"),
    ),
    *_group(
        ("host", "{error}", "counter", 0),
        ("tidegauge.collector.disk.errors", "times that the queue's disk refused", "failed writes and syncs"),
    ),
    *_group(
        ("host", "{tick}", "counter", 0),
        (
            "tidegauge.collector.ticks.missed",
            "readings left out as they could not begin in time",
            "more than 0.4 periods",
        ),
    ),
)

DISK = (
    *_group(
        ("disk", "By", "counter", 0),
        ("system.disk.io.read", "bytes read from the disk", "diskstats: sectors read × 512"),
        ("system.disk.io.write", "bytes written to the disk", "diskstats: sectors written × 512"),
    ),
    *_group(
        ("disk", "{operation}", "counter", 0),
        ("system.disk.operations.read", "reads completed", "diskstats: reads completed"),
        ("system.disk.operations.write", "writes completed", "diskstats: writes completed"),
        ("system.disk.merged.read", "reads joined to a neighbour", "diskstats: reads merged"),
        ("system.disk.merged.write", "writes joined to a neighbour", "diskstats: writes merged"),
    ),
    *_group(
        ("disk", "s", "counter", 3),
        ("system.disk.operation_time.read", "time of all reads added up", "diskstats: ms reading / 1000"),
        ("system.disk.operation_time.write", "time of all writes added up", "diskstats: ms writing / 1000"),
        ("system.disk.io_time", "time the disk was busy", "diskstats: ms doing I/O / 1000"),
    ),
)

NETWORK = (
    *_group(
        ("network", "By", "counter", 0),
        ("system.network.io.receive", "bytes received", "net/dev: receive bytes"),
        ("system.network.io.transmit", "bytes sent", "net/dev: transmit bytes"),
    ),
    *_group(
        ("network", "{packet}", "counter", 0),
        ("system.network.packet.count.receive", "packets received", "net/dev: receive packets"),
        ("system.network.packet.count.transmit", "packets sent", "net/dev: transmit packets"),
        ("system.network.packet.dropped.receive", "received packets dropped", "net/dev: receive drop"),
        ("system.network.packet.dropped.transmit", "packets dropped before sending", "net/dev: transmit drop"),
    ),
    *_group(
        ("network", "{error}", "counter", 0),
        ("system.network.errors.receive", "errors in receiving", "net/dev: receive errs"),
        ("system.network.errors.transmit", "errors in sending", "net/dev: transmit errs"),
    ),
)

FILESYSTEM = (
    *_group(
        ("filesystem", "By", "gauge", 0),
        ("system.filesystem.usage.used", "bytes in use", "statvfs: (blocks − bfree) × frsize"),
        ("system.filesystem.usage.free", "bytes free to every user", "statvfs: bavail × frsize"),
        ("system.filesystem.usage.reserved", "free bytes kept for root", "statvfs: (bfree − bavail) × frsize"),
        ("system.filesystem.limit", "size of the filesystem", "statvfs: blocks × frsize"),
    ),
    *_group(
        ("filesystem", "1", "gauge", 4),
        ("system.filesystem.utilization", "share in use, as df says it", "used / (used + free)"),
    ),
    *_group(
        ("filesystem", "{inode}", "gauge", 0),
        ("system.filesystem.inodes.usage.used", "inodes in use", "statvfs: files − ffree"),
        ("system.filesystem.inodes.usage.free", "inodes free", "statvfs: ffree"),
    ),
)

CPU = _group(
    ("cpu", "Hz", "gauge", 0), ("system.cpu.frequency", "clock of the core", "cpufreq: scaling_cur_freq × 1000")
)

PROCESSES = _group(
    ("processes", "{process}", "gauge", 0),
    ("system.process.count", "processes", "a walk of [0-9]*/stat"),
    ("system.process.count.sleeping", "processes that wait", "[0-9]*/stat: states S, D and I"),
    ("system.process.count.stopped", "processes stopped or traced", "[0-9]*/stat: states T and t"),
    ("system.process.count.defunct", "ended processes not yet reaped", "[0-9]*/stat: states Z and X"),
    ("system.process.count.other", "processes in any other state", "[0-9]*/stat: the other states"),
)

PROCESS = (
    *_group(
        ("process", "s", "counter", 2),
        (
            "process.cpu.time",
            "CPU time of a program while the collector watched",
            "[0-9]*/stat: (utime + stime) / 100, growth since the walk before, all processes of its name added up",
        ),
    ),
    *_group(
        ("process", "By", "gauge", 0),
        (
            "process.memory.usage",
            "resident memory of a program, what processes share counted for each",
            "[0-9]*/stat: rss × page size, all processes of its name added up",
        ),
    ),
    *_group(
        ("process", "{process}", "gauge", 0),
        ("process.count", "processes of a program", "[0-9]*/stat: how many of its name, in its container"),
    ),
    *_group(
        ("process", "{thread}", "gauge", 0),
        ("process.thread.count", "threads of a program", "[0-9]*/stat: num_threads, added up"),
    ),
)

CONTAINER_CPU = (
    *_group(
        ("container", "s", "counter", 6),
        ("container.cpu.time", "CPU time of the container", "cpu.stat usage_usec / 10⁶ | cpuacct.usage / 10⁹"),
        ("container.cpu.time.user", "CPU time of its programs", "cpu.stat user_usec / 10⁶ | cpuacct.stat user / 100"),
        (
            "container.cpu.time.system",
            "CPU time of the kernel for it",
            "cpu.stat system_usec / 10⁶ | cpuacct.stat system / 100",
        ),
        (
            "container.cpu.throttling.time",
            "time its tasks were held back by the CPU limit",
            "cpu.stat: throttled_usec / 10⁶ | throttled_time / 10⁹",
        ),
    ),
    *_group(
        ("container", "{period}", "counter", 0),
        ("container.cpu.throttling.periods", "periods of the CPU limit", "cpu.stat: nr_periods"),
        ("container.cpu.throttling.throttled_periods", "periods that reached the CPU limit", "cpu.stat: nr_throttled"),
    ),
    *_group(
        ("container", "{cpu}", "gauge", 3),
        (
            "container.cpu.limit",
            "CPUs it may use; unknown if not limited",
            "cpu.max | cpu.cfs_quota_us / cpu.cfs_period_us",
        ),
    ),
)

CONTAINER_MEMORY = (
    *_group(
        ("container", "By", "gauge", 0),
        ("container.memory.usage", "memory charged to it, cache included", "memory.current | memory.usage_in_bytes"),
        ("container.memory.working_set", "usage without inactive file cache", "usage − inactive_file, as docker stats"),
        ("container.memory.limit", "memory it may use; unknown if not limited", "memory.max | memory.limit_in_bytes"),
        ("container.memory.rss", "anonymous memory", "memory.stat: anon | total_rss"),
        ("container.memory.cache", "page cache", "memory.stat: file | total_cache"),
    ),
    *_group(
        ("container", "{kill}", "counter", 0),
        (
            "container.memory.oom_kills",
            "processes the kernel killed for want of memory",
            "memory.events | memory.oom_control: oom_kill",
        ),
    ),
)

CONTAINER_IO = (
    *_group(
        ("container", "By", "counter", 0),
        ("container.disk.io.read", "bytes read", "io.stat: rbytes | blkio.throttle.io_service_bytes_recursive: Read"),
        (
            "container.disk.io.write",
            "bytes written",
            "io.stat: wbytes | blkio.throttle.io_service_bytes_recursive: Write",
        ),
        ("container.network.io.receive", "bytes received, lo left out", "<pid>/net/dev: receive bytes"),
        ("container.network.io.transmit", "bytes sent, lo left out", "<pid>/net/dev: transmit bytes"),
    ),
    *_group(
        ("container", "{operation}", "counter", 0),
        ("container.disk.operations.read", "reads", "io.stat: rios | blkio.throttle.io_serviced_recursive: Read"),
        ("container.disk.operations.write", "writes", "io.stat: wios | blkio.throttle.io_serviced_recursive: Write"),
    ),
    *_group(
        ("container", "{packet}", "counter", 0),
        ("container.network.packet.dropped.receive", "received packets dropped", "<pid>/net/dev: receive drop"),
        ("container.network.packet.dropped.transmit", "packets dropped before sending", "<pid>/net/dev: transmit drop"),
    ),
    *_group(
        ("container", "{error}", "counter", 0),
        ("container.network.errors.receive", "errors in receiving", "<pid>/net/dev: receive errs"),
        ("container.network.errors.transmit", "errors in sending", "<pid>/net/dev: transmit errs"),
    ),
)

CONTAINER_LIFE = (
    *_group(("container", "{process}", "gauge", 0), ("container.pids.count", "processes and threads", "pids.current")),
    *_group(
        ("container", "s", "gauge", 2),
        ("container.uptime", "time since its first process began", "uptime − <pid>/stat starttime / 100"),
    ),
)

ROWS: tuple[Metric, ...] = (
    *HOST_CPU,
    *HOST_MEMORY,
    *HOST_KERNEL,
    *COLLECTOR,
    *DISK,
    *NETWORK,
    *FILESYSTEM,
    *CPU,
    *PROCESSES,
    *PROCESS,
    *CONTAINER_CPU,
    *CONTAINER_MEMORY,
    *CONTAINER_IO,
    *CONTAINER_LIFE,
)
