"""The store in Elasticsearch: any number of nodes write and read one cluster, 8.19 or 9.x.

`open_store` and `open_documents` come here; nothing else imports this room but for `reading`, and the
Elasticsearch client is imported in this room alone. What is in the cluster: docs/elasticsearch.md.

    store         the Store made of all
    documents     the Documents

    address       what a URL says
    connection    calls of a cluster; fails at once while it is down
    failures      its refusals as errors of ours
    layout        which indices there are, by name
    templates     the files that say how they are made
    setup         a cluster is made ready, or refused

    fields        metrics and attributes as fields
    rows          records as lines of bulk requests
    bulk          bulk requests, and what became of each line
    inventory     whose indices are there
    indices       an index that knows its metrics, before the first row
    descriptions  what metrics mean
    writer        append
    events        events by their id
    retention     what is given up
    health        how the cluster is

    reader        parts, coverage, entities, made of
                  bodies, search, slices, paging, answers, aggregated, shapes, describing, listing
    reading       the same for those who may only read
"""
