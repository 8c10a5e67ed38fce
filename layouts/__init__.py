"""Pure drawing: a frozen value in, Dash components or a Plotly figure out.

`app/pages/x.py` loads an `Info` and calls `layouts.x.layout(info)`. A layout reads nothing by itself and
keeps nothing; what moves is drawn by assets/tidegauge.mjs into the elements made here. They are found
by their `data-` attributes, which are the whole contract between the two:

`data-page` the page's kind, `data-host` the host whose presence, gaps, containers and events it watches,
`data-container` the one of them that it is about ·
`data-graph`, `data-tile`, `data-fleet`, `data-roster` a JSON object each: what to ask for and how to draw it ·
`data-facts`, `data-table` a panel of the system page, by name, `data-field` a text in it ·
`data-role` an element that JavaScript fills with text or draws into · `data-action`, `data-range` what a
button does.
"""
