"""The agent: shells around the core. They own clocks, sockets and disks, and decide nothing."""
