# A mistake is named, with the next step, and has its exit status.
$ clxs clon
clxs: there is no command "clon"
      did you mean clxs clone?
[exit 2]
$ clxs clone --sorce x
clxs: clxs clone has no flag --sorce
      did you mean --source?
[exit 2]
$ clxs clone --source a
clxs: --dest: is required
      see clxs help clone
[exit 2]
$ clxs clone --source a --dest a
clxs: …
...
[exit 2]
$ clxs clone --source nowhere --dest b
clxs: …nowhere…
...
[exit 4]
$ clxs clone --source a --dest b --clone-type SIDEWAYS
clxs: --clone-type: must be one of DEEP, SHALLOW, not "SIDEWAYS"
      see clxs help clone
[exit 2]
$ DATABRICKS_HOST=https://example.invalid clxs stats --source x
clxs: a workspace is named (https://example.invalid) but no token
      set DATABRICKS_TOKEN, or use --auth-profile
[exit 3]
$ clxs run-sql --sql "SELEC 1"
clxs: [PARSE_SYNTAX_ERROR] …
...
[exit 2]
$ clxs run-sql --sql "SELECT * FROM main.default.none"
clxs: [TABLE_OR_VIEW_NOT_FOUND] …
...
[exit 4]
