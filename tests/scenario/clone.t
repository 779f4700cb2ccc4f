# A catalog is cloned; a dry run says what would be done and does nothing.
$ clxs demo-data --catalog shop --industry retail --scale 0.01 >/dev/null
$ clxs clone --source shop --dest copy --dry-run >plan.txt; grep -c 'shop' plan.txt >/dev/null
$ clxs run-sql --sql "SHOW CATALOGS LIKE 'copy'" --json | tr -d ' \n'
{"columns":[{"name":"catalog","type":"STRING"}],"rows":[]…}
$ clxs clone --source shop --dest copy --validate >/dev/null
$ clxs diff --source shop --dest copy >/dev/null
$ clxs validate --source shop --dest copy --checksum >/dev/null
$ clxs run-sql --sql "DELETE FROM copy.bronze.customers WHERE true" >/dev/null
$ clxs validate --source shop --dest copy >/dev/null
[exit 1]
$ clxs clone --source shop --dest copy >/dev/null
$ clxs validate --source shop --dest copy --checksum >/dev/null
$ clxs history list --json | grep -c '"op": "clone"'
2
