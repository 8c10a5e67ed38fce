"""The store in Elasticsearch: any number of nodes write and read one cluster, 8.19 or 9.x.

`open_store` and `open_documents` come here; nothing else imports this room, and the Elasticsearch
client is imported in this room alone. The layout and why it is so: docs/decisions/0005-elasticsearch-store.md.

    address     what a URL says
    connection  calls of a cluster; fails at once while it is down
    failures    its refusals as errors of ours
    layout      which indices there are
    store       the Store made of all
"""
