"""Container engines, asked for what cgroups do not tell: names, health, ends with their codes.

One thread (`watch`) hears the event streams of all engines; `rows` holds what differs between them.
The reader of containers calls it. Three GETs of Docker's API are used, over Unix sockets or a
filtering proxy: /version, /containers/ID/json, /events. Nothing is listed again and again.
"""
