/* Generated from the operation table by `clxs spec --format ts`. Do not edit. */

export interface CloneArgs {
  /** Catalog to copy */
  source_catalog: string;
  /** Catalog to make; made when it is not there */
  destination_catalog: string;
  /** DEEP copies the data files, SHALLOW refers to those of the source */
  clone_type?: "DEEP" | "SHALLOW";
  /** FULL copies everything, INCREMENTAL what is not there, SELECTIVE what differs */
  load_type?: "FULL" | "INCREMENTAL" | "SELECTIVE";
  /** Only these schemas; all when none is named */
  include_schemas?: string[];
  /** Schemas to leave out */
  exclude_schemas?: string[];
  /** Only tables whose name matches */
  include_tables_regex?: string;
  /** No tables whose name matches */
  exclude_tables_regex?: string;
  /** Copy grants */
  copy_permissions?: boolean;
  /** Give copies the owners of the originals */
  copy_ownership?: boolean;
  /** Copy primary and foreign keys */
  copy_constraints?: boolean;
  /** Copy tags */
  copy_tags?: boolean;
  /** Copy column masks and row filters */
  copy_security?: boolean;
  /** Copy comments */
  copy_comments?: boolean;
  /** Copy views */
  clone_views?: boolean;
  /** Copy functions */
  clone_functions?: boolean;
  /** Copy volumes and their files */
  clone_volumes?: boolean;
  /** Files in volumes that are larger than this many MB are left behind */
  volume_max_file_mb?: number;
  /** Version of every table, instead of one consistent cut */
  as_of_version?: number;
  /** State of every table at this time, instead of now */
  as_of_timestamp?: string;
  /** Table properties of every copy */
  clone_tbl_properties?: Record<string, string>;
  /** Managed location of a new catalog */
  location?: string;
  /** Show the plan and stop; changes nothing */
  dry_run?: boolean;
  /** Steps done at once */
  max_workers?: number;
  /** Compare row counts of both sides afterwards */
  validate_after_clone?: boolean;
  /** Compare a hash of all rows too; with --validate */
  validate_checksum?: boolean;
  /** Take write privileges on the source away while it is copied */
  quiesce_source?: boolean;
}

export interface PlanArgs {
  /** Catalog to copy */
  source_catalog: string;
  /** Catalog to make; made when it is not there */
  destination_catalog: string;
  /** DEEP copies the data files, SHALLOW refers to those of the source */
  clone_type?: "DEEP" | "SHALLOW";
  /** FULL copies everything, INCREMENTAL what is not there, SELECTIVE what differs */
  load_type?: "FULL" | "INCREMENTAL" | "SELECTIVE";
  /** Only these schemas; all when none is named */
  include_schemas?: string[];
  /** Schemas to leave out */
  exclude_schemas?: string[];
  /** Only tables whose name matches */
  include_tables_regex?: string;
  /** No tables whose name matches */
  exclude_tables_regex?: string;
  /** Copy grants */
  copy_permissions?: boolean;
  /** Give copies the owners of the originals */
  copy_ownership?: boolean;
  /** Copy primary and foreign keys */
  copy_constraints?: boolean;
  /** Copy tags */
  copy_tags?: boolean;
  /** Copy column masks and row filters */
  copy_security?: boolean;
  /** Copy comments */
  copy_comments?: boolean;
  /** Copy views */
  clone_views?: boolean;
  /** Copy functions */
  clone_functions?: boolean;
  /** Copy volumes and their files */
  clone_volumes?: boolean;
  /** Files in volumes that are larger than this many MB are left behind */
  volume_max_file_mb?: number;
  /** Version of every table, instead of one consistent cut */
  as_of_version?: number;
  /** State of every table at this time, instead of now */
  as_of_timestamp?: string;
  /** Table properties of every copy */
  clone_tbl_properties?: Record<string, string>;
  /** Managed location of a new catalog */
  location?: string;
  /** How the plan is written */
  format?: "console" | "json" | "html" | "sql";
}

export interface ResumeArgs {
  /** Steps done at once; 0 = as the run had */
  max_workers?: number;
}

export interface PreflightArgs {
  /** Catalog that would be copied */
  source_catalog: string;
  /** Catalog that would be made or changed */
  destination_catalog: string;
  /** Also look whether the destination may be written */
  check_write?: boolean;
}

export interface RollbackArgs {
  /** Which clone to take back: a run id of --list; the newest unless given */
  log_file?: string;
  /** Drop the catalog too, if the clone made it */
  drop_catalog?: boolean;
  /** Also tables that others have written to since */
  force?: boolean;
  /** Show what would be done and stop */
  dry_run?: boolean;
  /** Steps done at once */
  max_workers?: number;
}

export interface EstimateArgs {
  /** Catalog that would be copied */
  source_catalog: string;
  /** Catalog that is there already: compares a full with a selective clone */
  destination_catalog?: string;
  /** Price of one GB for one month */
  price_per_gb?: number;
  /** Currency of the price: three letters */
  currency?: string;
  /** Only these schemas; all when none is named */
  include_schemas?: string[];
  /** Schemas to leave out */
  exclude_schemas?: string[];
}

export interface DiffArgs {
  /** First catalog */
  source_catalog: string;
  /** Catalog to compare it with */
  destination_catalog: string;
  /** Only these schemas; all when none is named */
  include_schemas?: string[];
  /** Schemas to leave out */
  exclude_schemas?: string[];
}

export interface ValidateArgs {
  /** Catalog that was copied */
  source_catalog: string;
  /** Its copy */
  destination_catalog: string;
  /** Compare a hash of all rows, not only counts */
  use_checksum?: boolean;
  /** Only these schemas; all when none is named */
  include_schemas?: string[];
  /** Schemas to leave out */
  exclude_schemas?: string[];
  /** Statements at once */
  max_workers?: number;
}

export interface SearchArgs {
  /** Catalog to search */
  source_catalog: string;
  /** Regular expression; case is ignored */
  pattern: string;
  /** Search the names of columns too */
  search_columns?: boolean;
  /** Schemas to leave out */
  exclude_schemas?: string[];
}

export interface StatsArgs {
  /** Catalog to look at */
  source_catalog: string;
  /** Only these schemas; all when none is named */
  include_schemas?: string[];
  /** Schemas to leave out */
  exclude_schemas?: string[];
}

export interface RegisterArgs {
  /** Catalog to register in; made when it is not there */
  catalog: string;
  /** Schema to register in; made when it is not there */
  schema: string;
  /** Folder whose folders are tables */
  from: string;
  /** Tables registered at once */
  max_workers?: number;
}

export interface DemoDataArgs {
  /** Catalog to make */
  catalog_name: string;
  /** retail, healthcare, or both */
  industries?: string[];
  /** Size; 1 is a few hundred thousand rows */
  scale_factor?: number;
  /** Tables made at once */
  max_workers?: number;
  /** Drop the catalog first, with all that is in it */
  drop_existing?: boolean;
  /** Make silver and gold, too */
  medallion?: boolean;
  /** Make functions */
  create_functions?: boolean;
  /** Make volumes */
  create_volumes?: boolean;
  /** First day of orders and visits */
  start_date?: string;
  /** Day after the last one */
  end_date?: string;
}

export interface RunSqlArgs {
  /** The statement, in Databricks SQL */
  sql: string;
  /** What names without a catalog mean */
  catalog?: string;
  /** What names without a schema mean */
  schema?: string;
}

export interface HistoryArgs {
  /** list, or show one */
  action?: "list" | "show";
  /** Which one to show */
  id?: string;
  /** Only this operation */
  operation?: string;
  /** Only those with this source catalog */
  source?: string;
  /** At most so many, newest first */
  limit?: number;
}

export interface OpArgs {
  clone: CloneArgs;
  plan: PlanArgs;
  resume: ResumeArgs;
  preflight: PreflightArgs;
  rollback: RollbackArgs;
  estimate: EstimateArgs;
  diff: DiffArgs;
  validate: ValidateArgs;
  search: SearchArgs;
  stats: StatsArgs;
  register: RegisterArgs;
  demo_data: DemoDataArgs;
  run_sql: RunSqlArgs;
  history: HistoryArgs;
}

export const ops = {
  clone: {
    "name": "clone",
    "method": "POST",
    "path": "/api/clone",
    "cli": "clone",
    "group": "Clone",
    "help": "Copy a catalog: schemas, tables, views, functions, volumes, grants, tags",
    "why": "A second catalog that is right: to stage, to rehearse a change, to recover, to develop on. All tables are copied as they were at one moment.",
    "example": "clxs clone --source sales --dest sales_dev --clone-type SHALLOW --dry-run",
    "effect": "write",
    "job": true,
    "args": [
      {
        "name": "source_catalog",
        "kind": "name",
        "flag": "--source",
        "help": "Catalog to copy",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "destination_catalog",
        "kind": "name",
        "flag": "--dest",
        "help": "Catalog to make; made when it is not there",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "clone_type",
        "kind": "enum",
        "flag": "--clone-type",
        "help": "DEEP copies the data files, SHALLOW refers to those of the source",
        "label": null,
        "unit": null,
        "of": [
          "DEEP",
          "SHALLOW"
        ],
        "def": "DEEP",
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "load_type",
        "kind": "enum",
        "flag": "--load-type",
        "help": "FULL copies everything, INCREMENTAL what is not there, SELECTIVE what differs",
        "label": null,
        "unit": null,
        "of": [
          "FULL",
          "INCREMENTAL",
          "SELECTIVE"
        ],
        "def": "FULL",
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "include_schemas",
        "kind": "strs",
        "flag": "--include-schemas",
        "help": "Only these schemas; all when none is named",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "exclude_schemas",
        "kind": "strs",
        "flag": "--exclude-schemas",
        "help": "Schemas to leave out",
        "label": null,
        "unit": null,
        "of": null,
        "def": "information_schema",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "include_tables_regex",
        "kind": "str",
        "flag": "--include-tables-regex",
        "help": "Only tables whose name matches",
        "label": "Only tables that match",
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "exclude_tables_regex",
        "kind": "str",
        "flag": "--exclude-tables-regex",
        "help": "No tables whose name matches",
        "label": "No tables that match",
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "copy_permissions",
        "kind": "bool",
        "flag": "--permissions",
        "help": "Copy grants",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "copy_ownership",
        "kind": "bool",
        "flag": "--ownership",
        "help": "Give copies the owners of the originals",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "copy_constraints",
        "kind": "bool",
        "flag": "--constraints",
        "help": "Copy primary and foreign keys",
        "label": "Copy keys",
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "copy_tags",
        "kind": "bool",
        "flag": "--tags",
        "help": "Copy tags",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "copy_security",
        "kind": "bool",
        "flag": "--security",
        "help": "Copy column masks and row filters",
        "label": "Copy masks and filters",
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "copy_comments",
        "kind": "bool",
        "flag": "--comments",
        "help": "Copy comments",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "clone_views",
        "kind": "bool",
        "flag": "--views",
        "help": "Copy views",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "clone_functions",
        "kind": "bool",
        "flag": "--functions",
        "help": "Copy functions",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "clone_volumes",
        "kind": "bool",
        "flag": "--volumes",
        "help": "Copy volumes and their files",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "volume_max_file_mb",
        "kind": "int",
        "flag": "--volume-max-file-mb",
        "help": "Files in volumes that are larger than this many MB are left behind",
        "label": "Largest file of a volume",
        "unit": null,
        "of": null,
        "def": "256",
        "need": false,
        "advanced": true,
        "min": 1.0,
        "max": 256.0
      },
      {
        "name": "as_of_version",
        "kind": "int",
        "flag": "--as-of-version",
        "help": "Version of every table, instead of one consistent cut",
        "label": "As of version",
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": true,
        "min": 0.0,
        "max": 9e15
      },
      {
        "name": "as_of_timestamp",
        "kind": "str",
        "flag": "--as-of-timestamp",
        "help": "State of every table at this time, instead of now",
        "label": "As of time",
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "clone_tbl_properties",
        "kind": "map",
        "flag": "--tbl-properties",
        "help": "Table properties of every copy",
        "label": "Table properties",
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "location",
        "kind": "str",
        "flag": "--location",
        "help": "Managed location of a new catalog",
        "label": "Managed location",
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "dry_run",
        "kind": "bool",
        "flag": "--dry-run",
        "help": "Show the plan and stop; changes nothing",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "max_workers",
        "kind": "int",
        "flag": "--max-workers",
        "help": "Steps done at once",
        "label": null,
        "unit": null,
        "of": null,
        "def": "4",
        "need": false,
        "advanced": false,
        "min": 1.0,
        "max": 64.0
      },
      {
        "name": "validate_after_clone",
        "kind": "bool",
        "flag": "--validate",
        "help": "Compare row counts of both sides afterwards",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "validate_checksum",
        "kind": "bool",
        "flag": "--checksum",
        "help": "Compare a hash of all rows too; with --validate",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "quiesce_source",
        "kind": "bool",
        "flag": "--quiesce-source",
        "help": "Take write privileges on the source away while it is copied",
        "label": "Pre-clone source quiesce",
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      }
    ],
    "results": [
      {
        "name": "mode",
        "type": "string",
        "help": "full, selective, incremental, or dry_run"
      },
      {
        "name": "total_drifted_tables",
        "type": "integer",
        "help": "Tables that differed, of a selective clone"
      },
      {
        "name": "tables_in_sync",
        "type": "integer",
        "help": "Tables that did not"
      },
      {
        "name": "drift",
        "type": "object",
        "help": "How many tables for each reason"
      },
      {
        "name": "drifted_tables",
        "type": "object",
        "help": "The reasons of each table that differed"
      },
      {
        "name": "source_catalog",
        "type": "string",
        "help": "Catalog that was copied"
      },
      {
        "name": "destination_catalog",
        "type": "string",
        "help": "Catalog that was made"
      },
      {
        "name": "clone_type",
        "type": "string",
        "help": "DEEP or SHALLOW"
      },
      {
        "name": "formats",
        "type": "object",
        "help": "How many tables of each source format were cloned"
      },
      {
        "name": "bytes_copied",
        "type": "integer",
        "help": "Bytes of data files copied"
      },
      {
        "name": "files_copied",
        "type": "integer",
        "help": "Data files copied"
      },
      {
        "name": "volume_bytes_copied",
        "type": "integer",
        "help": "Bytes of files in volumes copied"
      },
      {
        "name": "volume_files_copied",
        "type": "integer",
        "help": "Files in volumes copied"
      },
      {
        "name": "schemas_processed",
        "type": "integer",
        "help": "Schemas of the source that were looked at"
      },
      {
        "name": "tables",
        "type": "object",
        "help": "success, failed, skipped"
      },
      {
        "name": "views",
        "type": "object",
        "help": "success, failed, skipped"
      },
      {
        "name": "functions",
        "type": "object",
        "help": "success, failed, skipped"
      },
      {
        "name": "volumes",
        "type": "object",
        "help": "success, failed, skipped"
      },
      {
        "name": "errors",
        "type": "array",
        "help": "What failed: object, kind, action, error, hint, condition"
      },
      {
        "name": "skipped",
        "type": "array",
        "help": "What was left out: object, kind, action, reason"
      },
      {
        "name": "schema_durations",
        "type": "object",
        "help": "Seconds for each schema"
      },
      {
        "name": "duration_seconds",
        "type": "number",
        "help": "Seconds for the whole"
      },
      {
        "name": "validation",
        "type": "object",
        "help": "The comparison, when it was asked for"
      },
      {
        "name": "plan_hash",
        "type": "string",
        "help": "SHA-256 of the plan that was carried out"
      },
      {
        "name": "t0",
        "type": "string",
        "help": "The moment of the consistent cut"
      },
      {
        "name": "cut",
        "type": "string",
        "help": "How exact the cut is"
      },
      {
        "name": "versions",
        "type": "object",
        "help": "Version of each source table that was copied"
      },
      {
        "name": "warnings",
        "type": "array",
        "help": "What is not as one might expect"
      },
      {
        "name": "run_id",
        "type": "string",
        "help": "Id in the journal"
      },
      {
        "name": "requests",
        "type": "integer",
        "help": "Requests that the application of the plan sent"
      },
      {
        "name": "statements",
        "type": "integer",
        "help": "SQL statements among them"
      },
      {
        "name": "timestamp",
        "type": "string",
        "help": "When it ended"
      },
      {
        "name": "steps",
        "type": "array",
        "help": "The steps of the plan, of a dry run"
      },
      {
        "name": "planned",
        "type": "object",
        "help": "How many objects of each kind, of a dry run"
      }
    ]
  },
  plan: {
    "name": "plan",
    "method": "POST",
    "path": "/api/plan",
    "cli": "plan",
    "group": "Clone",
    "help": "List every statement that a clone would run",
    "why": "To read, to review, to keep: the same plan that clone carries out, with its hash.",
    "example": "clxs plan --source sales --dest sales_dev --format sql --output sales_dev.sql",
    "effect": "read",
    "job": false,
    "args": [
      {
        "name": "source_catalog",
        "kind": "name",
        "flag": "--source",
        "help": "Catalog to copy",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "destination_catalog",
        "kind": "name",
        "flag": "--dest",
        "help": "Catalog to make; made when it is not there",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "clone_type",
        "kind": "enum",
        "flag": "--clone-type",
        "help": "DEEP copies the data files, SHALLOW refers to those of the source",
        "label": null,
        "unit": null,
        "of": [
          "DEEP",
          "SHALLOW"
        ],
        "def": "DEEP",
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "load_type",
        "kind": "enum",
        "flag": "--load-type",
        "help": "FULL copies everything, INCREMENTAL what is not there, SELECTIVE what differs",
        "label": null,
        "unit": null,
        "of": [
          "FULL",
          "INCREMENTAL",
          "SELECTIVE"
        ],
        "def": "FULL",
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "include_schemas",
        "kind": "strs",
        "flag": "--include-schemas",
        "help": "Only these schemas; all when none is named",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "exclude_schemas",
        "kind": "strs",
        "flag": "--exclude-schemas",
        "help": "Schemas to leave out",
        "label": null,
        "unit": null,
        "of": null,
        "def": "information_schema",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "include_tables_regex",
        "kind": "str",
        "flag": "--include-tables-regex",
        "help": "Only tables whose name matches",
        "label": "Only tables that match",
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "exclude_tables_regex",
        "kind": "str",
        "flag": "--exclude-tables-regex",
        "help": "No tables whose name matches",
        "label": "No tables that match",
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "copy_permissions",
        "kind": "bool",
        "flag": "--permissions",
        "help": "Copy grants",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "copy_ownership",
        "kind": "bool",
        "flag": "--ownership",
        "help": "Give copies the owners of the originals",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "copy_constraints",
        "kind": "bool",
        "flag": "--constraints",
        "help": "Copy primary and foreign keys",
        "label": "Copy keys",
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "copy_tags",
        "kind": "bool",
        "flag": "--tags",
        "help": "Copy tags",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "copy_security",
        "kind": "bool",
        "flag": "--security",
        "help": "Copy column masks and row filters",
        "label": "Copy masks and filters",
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "copy_comments",
        "kind": "bool",
        "flag": "--comments",
        "help": "Copy comments",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "clone_views",
        "kind": "bool",
        "flag": "--views",
        "help": "Copy views",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "clone_functions",
        "kind": "bool",
        "flag": "--functions",
        "help": "Copy functions",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "clone_volumes",
        "kind": "bool",
        "flag": "--volumes",
        "help": "Copy volumes and their files",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "volume_max_file_mb",
        "kind": "int",
        "flag": "--volume-max-file-mb",
        "help": "Files in volumes that are larger than this many MB are left behind",
        "label": "Largest file of a volume",
        "unit": null,
        "of": null,
        "def": "256",
        "need": false,
        "advanced": true,
        "min": 1.0,
        "max": 256.0
      },
      {
        "name": "as_of_version",
        "kind": "int",
        "flag": "--as-of-version",
        "help": "Version of every table, instead of one consistent cut",
        "label": "As of version",
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": true,
        "min": 0.0,
        "max": 9e15
      },
      {
        "name": "as_of_timestamp",
        "kind": "str",
        "flag": "--as-of-timestamp",
        "help": "State of every table at this time, instead of now",
        "label": "As of time",
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "clone_tbl_properties",
        "kind": "map",
        "flag": "--tbl-properties",
        "help": "Table properties of every copy",
        "label": "Table properties",
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "location",
        "kind": "str",
        "flag": "--location",
        "help": "Managed location of a new catalog",
        "label": "Managed location",
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "format",
        "kind": "enum",
        "flag": "--format",
        "help": "How the plan is written",
        "label": null,
        "unit": null,
        "of": [
          "console",
          "json",
          "html",
          "sql"
        ],
        "def": "console",
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      }
    ],
    "results": [
      {
        "name": "hash",
        "type": "string",
        "help": "SHA-256 of what would be done"
      },
      {
        "name": "t0",
        "type": "string",
        "help": "The moment of the consistent cut"
      },
      {
        "name": "steps",
        "type": "array",
        "help": "Each step: action, kind, object, sql, inverse, depends_on"
      },
      {
        "name": "versions",
        "type": "object",
        "help": "Version of each source table"
      },
      {
        "name": "warnings",
        "type": "array",
        "help": "What is not as one might expect"
      },
      {
        "name": "format",
        "type": "string",
        "help": "How it was asked to be written"
      },
      {
        "name": "output",
        "type": "string",
        "help": "The file that was written, if one was"
      }
    ]
  },
  resume: {
    "name": "resume",
    "method": "POST",
    "path": "/api/resume",
    "cli": "resume",
    "group": "Clone",
    "help": "Finish what an interrupted run left",
    "why": "After a crash, a kill or a power cut: steps that were done stay done, the others are done now.",
    "example": "clxs resume",
    "effect": "write",
    "job": true,
    "args": [
      {
        "name": "max_workers",
        "kind": "int",
        "flag": "--max-workers",
        "help": "Steps done at once; 0 = as the run had",
        "label": null,
        "unit": null,
        "of": null,
        "def": "0",
        "need": false,
        "advanced": false,
        "min": 0.0,
        "max": 64.0
      }
    ],
    "results": [
      {
        "name": "resumed",
        "type": "array",
        "help": "Runs that were finished: run, job, operation, status, steps, error, result"
      },
      {
        "name": "left",
        "type": "array",
        "help": "Runs that stay as they are, and why"
      }
    ]
  },
  preflight: {
    "name": "preflight",
    "method": "POST",
    "path": "/api/preflight",
    "cli": "preflight",
    "group": "Safety",
    "help": "Check connection, catalogs, rights and limits before a clone",
    "why": "What would stop a clone, or be left out of it, and the statement that mends it. Changes nothing.",
    "example": "clxs preflight --source sales --dest sales_dev",
    "effect": "read",
    "job": false,
    "args": [
      {
        "name": "source_catalog",
        "kind": "name",
        "flag": "--source",
        "help": "Catalog that would be copied",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "destination_catalog",
        "kind": "name",
        "flag": "--dest",
        "help": "Catalog that would be made or changed",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "check_write",
        "kind": "bool",
        "flag": "--write-check",
        "help": "Also look whether the destination may be written",
        "label": "Check write rights",
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      }
    ],
    "results": [
      {
        "name": "source_catalog",
        "type": "string",
        "help": "The source"
      },
      {
        "name": "destination_catalog",
        "type": "string",
        "help": "The destination"
      },
      {
        "name": "checks",
        "type": "array",
        "help": "check, status (OK, WARN, FAIL), detail, fix (null when none is needed)"
      },
      {
        "name": "passed",
        "type": "integer",
        "help": "Checks that are OK"
      },
      {
        "name": "warnings",
        "type": "integer",
        "help": "Checks with a warning: single objects would be left out or fail"
      },
      {
        "name": "failed",
        "type": "integer",
        "help": "Checks that failed: the clone would"
      },
      {
        "name": "ready",
        "type": "boolean",
        "help": "None failed"
      }
    ]
  },
  rollback: {
    "name": "rollback",
    "method": "POST",
    "path": "/api/rollback",
    "cli": "rollback",
    "group": "Safety",
    "help": "Take a clone back: tables to the version before, what it made is dropped",
    "why": "A clone went where it should not have, or came out wrong. What others wrote since is kept.",
    "example": "clxs rollback --list",
    "effect": "destroy",
    "job": true,
    "args": [
      {
        "name": "log_file",
        "kind": "str",
        "flag": "--rollback-log",
        "help": "Which clone to take back: a run id of --list; the newest unless given",
        "label": "Run",
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "drop_catalog",
        "kind": "bool",
        "flag": "--drop-catalog",
        "help": "Drop the catalog too, if the clone made it",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "force",
        "kind": "bool",
        "flag": "--force",
        "help": "Also tables that others have written to since",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "dry_run",
        "kind": "bool",
        "flag": "--dry-run",
        "help": "Show what would be done and stop",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "max_workers",
        "kind": "int",
        "flag": "--max-workers",
        "help": "Steps done at once",
        "label": null,
        "unit": null,
        "of": null,
        "def": "4",
        "need": false,
        "advanced": false,
        "min": 1.0,
        "max": 64.0
      }
    ],
    "results": [
      {
        "name": "runs",
        "type": "array",
        "help": "What can be taken back: file, timestamp, source_catalog, destination_catalog, status, total_objects, created_objects"
      },
      {
        "name": "run",
        "type": "string",
        "help": "The clone that was taken back"
      },
      {
        "name": "restored",
        "type": "integer",
        "help": "Objects put back as they were"
      },
      {
        "name": "dropped",
        "type": "integer",
        "help": "Objects that the clone had made"
      },
      {
        "name": "undone",
        "type": "integer",
        "help": "Grants, tags, keys … taken back"
      },
      {
        "name": "failed",
        "type": "integer",
        "help": "Steps that failed"
      },
      {
        "name": "errors",
        "type": "array",
        "help": "object, kind, action, error"
      },
      {
        "name": "left",
        "type": "array",
        "help": "What stays as the clone made it, and why: object, kind, reason"
      },
      {
        "name": "steps",
        "type": "array",
        "help": "The steps, of a dry run"
      }
    ]
  },
  estimate: {
    "name": "estimate",
    "method": "POST",
    "path": "/api/estimate",
    "cli": "estimate",
    "group": "Clone",
    "help": "Say what a copy would cost to keep, and what a selective clone would copy",
    "why": "How much would this clone copy, and is it worth cloning all of it again?",
    "example": "clxs estimate --source sales --dest sales_dev",
    "effect": "read",
    "job": false,
    "args": [
      {
        "name": "source_catalog",
        "kind": "name",
        "flag": "--source",
        "help": "Catalog that would be copied",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "destination_catalog",
        "kind": "name",
        "flag": "--dest",
        "help": "Catalog that is there already: compares a full with a selective clone",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "price_per_gb",
        "kind": "real",
        "flag": "--price-per-gb",
        "help": "Price of one GB for one month",
        "label": "Price per GB",
        "unit": null,
        "of": null,
        "def": "0.023",
        "need": false,
        "advanced": false,
        "min": 0.0,
        "max": 1000000.0
      },
      {
        "name": "currency",
        "kind": "str",
        "flag": "--currency",
        "help": "Currency of the price: three letters",
        "label": null,
        "unit": null,
        "of": null,
        "def": "USD",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "include_schemas",
        "kind": "strs",
        "flag": "--include-schemas",
        "help": "Only these schemas; all when none is named",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "exclude_schemas",
        "kind": "strs",
        "flag": "--exclude-schemas",
        "help": "Schemas to leave out",
        "label": null,
        "unit": null,
        "of": null,
        "def": "information_schema",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      }
    ],
    "results": [
      {
        "name": "source_catalog",
        "type": "string",
        "help": "The catalog"
      },
      {
        "name": "total_bytes",
        "type": "integer",
        "help": "Bytes of all tables"
      },
      {
        "name": "total_gb",
        "type": "number",
        "help": "The same in GB"
      },
      {
        "name": "total_tb",
        "type": "number",
        "help": "The same in TB"
      },
      {
        "name": "total_files",
        "type": "integer",
        "help": "Data files of all tables"
      },
      {
        "name": "total_display",
        "type": "string",
        "help": "The same, for reading"
      },
      {
        "name": "table_count",
        "type": "integer",
        "help": "Tables"
      },
      {
        "name": "price_per_gb",
        "type": "number",
        "help": "Price of one GB for one month"
      },
      {
        "name": "currency",
        "type": "string",
        "help": "Currency of all costs"
      },
      {
        "name": "monthly_cost",
        "type": "number",
        "help": "Of a deep clone, in the currency"
      },
      {
        "name": "yearly_cost",
        "type": "number",
        "help": "Of a deep clone, in the currency"
      },
      {
        "name": "monthly_cost_usd",
        "type": "number",
        "help": "The same when the currency is USD"
      },
      {
        "name": "yearly_cost_usd",
        "type": "number",
        "help": "The same when the currency is USD"
      },
      {
        "name": "deep",
        "type": "object",
        "help": "A deep clone: size_bytes, size_gb, costs"
      },
      {
        "name": "shallow",
        "type": "object",
        "help": "A shallow clone refers to the files of the source: nothing at first"
      },
      {
        "name": "top_tables",
        "type": "array",
        "help": "The ten largest: schema, table, size_bytes, size_gb, num_files"
      },
      {
        "name": "not_sized",
        "type": "array",
        "help": "Tables whose size is not known: schema, table, error"
      },
      {
        "name": "selective",
        "type": "object",
        "help": "Only with a destination that exists: target_exists, tables_to_clone, tables_in_sync, savings_pct, recommended, size_bytes, size_gb, costs, drift_breakdown, top_drifted_tables"
      }
    ]
  },
  diff: {
    "name": "diff",
    "method": "POST",
    "path": "/api/diff",
    "cli": "diff",
    "group": "Analysis and comparison",
    "help": "Compare the objects of two catalogs",
    "why": "What one has and the other has not, and what both have with other columns, comments or definitions. Rows are compared by validate.",
    "example": "clxs diff --source sales --dest sales_dev",
    "effect": "read",
    "job": false,
    "args": [
      {
        "name": "source_catalog",
        "kind": "name",
        "flag": "--source",
        "help": "First catalog",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "destination_catalog",
        "kind": "name",
        "flag": "--dest",
        "help": "Catalog to compare it with",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "include_schemas",
        "kind": "strs",
        "flag": "--include-schemas",
        "help": "Only these schemas; all when none is named",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "exclude_schemas",
        "kind": "strs",
        "flag": "--exclude-schemas",
        "help": "Schemas to leave out",
        "label": null,
        "unit": null,
        "of": null,
        "def": "information_schema",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      }
    ],
    "results": [
      {
        "name": "identical",
        "type": "boolean",
        "help": "Nothing differs"
      },
      {
        "name": "schemas",
        "type": "object",
        "help": "only_in_source, only_in_dest, in_both, source_count, dest_count"
      },
      {
        "name": "tables",
        "type": "object",
        "help": "The same for tables"
      },
      {
        "name": "views",
        "type": "object",
        "help": "The same for views"
      },
      {
        "name": "functions",
        "type": "object",
        "help": "The same for functions"
      },
      {
        "name": "volumes",
        "type": "object",
        "help": "The same for volumes"
      },
      {
        "name": "changed",
        "type": "array",
        "help": "Objects on both sides that differ: kind, object, attributes"
      },
      {
        "name": "different",
        "type": "integer",
        "help": "How many objects differ or are on one side only"
      },
      {
        "name": "requests",
        "type": "integer",
        "help": "Requests that it took"
      }
    ]
  },
  validate: {
    "name": "validate",
    "method": "POST",
    "path": "/api/validate",
    "cli": "validate",
    "group": "Analysis and comparison",
    "help": "Compare the rows of a clone with those of its source",
    "why": "Nothing is called equal before it was compared. Counts are quick; with --checksum every row is hashed, whatever its order.",
    "example": "clxs validate --source sales --dest sales_dev --checksum",
    "effect": "read",
    "job": false,
    "args": [
      {
        "name": "source_catalog",
        "kind": "name",
        "flag": "--source",
        "help": "Catalog that was copied",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "destination_catalog",
        "kind": "name",
        "flag": "--dest",
        "help": "Its copy",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "use_checksum",
        "kind": "bool",
        "flag": "--checksum",
        "help": "Compare a hash of all rows, not only counts",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "include_schemas",
        "kind": "strs",
        "flag": "--include-schemas",
        "help": "Only these schemas; all when none is named",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "exclude_schemas",
        "kind": "strs",
        "flag": "--exclude-schemas",
        "help": "Schemas to leave out",
        "label": null,
        "unit": null,
        "of": null,
        "def": "information_schema",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "max_workers",
        "kind": "int",
        "flag": "--max-workers",
        "help": "Statements at once",
        "label": null,
        "unit": null,
        "of": null,
        "def": "4",
        "need": false,
        "advanced": true,
        "min": 1.0,
        "max": 64.0
      }
    ],
    "results": [
      {
        "name": "total_tables",
        "type": "integer",
        "help": "Tables of the source"
      },
      {
        "name": "matched",
        "type": "integer",
        "help": "Tables that are equal"
      },
      {
        "name": "mismatched",
        "type": "integer",
        "help": "Tables that are not"
      },
      {
        "name": "errors",
        "type": "integer",
        "help": "Tables that could not be compared"
      },
      {
        "name": "checksum_mismatches",
        "type": "integer",
        "help": "Tables whose hashes differ"
      },
      {
        "name": "details",
        "type": "array",
        "help": "schema, table, source_count, dest_count, match, checksum_match, error"
      },
      {
        "name": "mismatched_tables",
        "type": "array",
        "help": "The details of those that do not match"
      },
      {
        "name": "evidence",
        "type": "string",
        "help": "How they were compared: count, or count and hash"
      },
      {
        "name": "requests",
        "type": "integer",
        "help": "Requests that it took"
      }
    ]
  },
  search: {
    "name": "search",
    "method": "POST",
    "path": "/api/search",
    "cli": "search",
    "group": "Analysis and comparison",
    "help": "Find tables, views and columns by name",
    "why": "Where is that column? A regular expression over the names of a catalog.",
    "example": "clxs search --source sales --pattern '^cust' --columns",
    "effect": "read",
    "job": false,
    "args": [
      {
        "name": "source_catalog",
        "kind": "name",
        "flag": "--source",
        "help": "Catalog to search",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "pattern",
        "kind": "str",
        "flag": "--pattern",
        "help": "Regular expression; case is ignored",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "search_columns",
        "kind": "bool",
        "flag": "--columns",
        "help": "Search the names of columns too",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "exclude_schemas",
        "kind": "strs",
        "flag": "--exclude-schemas",
        "help": "Schemas to leave out",
        "label": null,
        "unit": null,
        "of": null,
        "def": "information_schema",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      }
    ],
    "results": [
      {
        "name": "pattern",
        "type": "string",
        "help": "What was searched"
      },
      {
        "name": "catalog",
        "type": "string",
        "help": "Where"
      },
      {
        "name": "matched_tables",
        "type": "array",
        "help": "schema, table, type"
      },
      {
        "name": "matched_columns",
        "type": "array",
        "help": "schema, table, column, type"
      }
    ]
  },
  stats: {
    "name": "stats",
    "method": "POST",
    "path": "/api/stats",
    "cli": "stats",
    "group": "Analysis and comparison",
    "help": "Count and size what is in a catalog",
    "why": "How many schemas, tables, views, rows and bytes, and which tables are the largest.",
    "example": "clxs stats --source sales",
    "effect": "read",
    "job": false,
    "args": [
      {
        "name": "source_catalog",
        "kind": "name",
        "flag": "--source",
        "help": "Catalog to look at",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "include_schemas",
        "kind": "strs",
        "flag": "--include-schemas",
        "help": "Only these schemas; all when none is named",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "exclude_schemas",
        "kind": "strs",
        "flag": "--exclude-schemas",
        "help": "Schemas to leave out",
        "label": null,
        "unit": null,
        "of": null,
        "def": "information_schema",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      }
    ],
    "results": [
      {
        "name": "catalog",
        "type": "string",
        "help": "The catalog"
      },
      {
        "name": "num_schemas",
        "type": "integer",
        "help": "Schemas"
      },
      {
        "name": "num_tables",
        "type": "integer",
        "help": "Tables"
      },
      {
        "name": "num_views",
        "type": "integer",
        "help": "Views"
      },
      {
        "name": "num_functions",
        "type": "integer",
        "help": "Functions"
      },
      {
        "name": "num_volumes",
        "type": "integer",
        "help": "Volumes"
      },
      {
        "name": "total_size_bytes",
        "type": "integer",
        "help": "Bytes of all tables"
      },
      {
        "name": "total_size_display",
        "type": "string",
        "help": "The same, for reading"
      },
      {
        "name": "total_rows",
        "type": "integer",
        "help": "Rows of all tables"
      },
      {
        "name": "schema_summaries",
        "type": "array",
        "help": "schema, tables, size_bytes, rows"
      },
      {
        "name": "tables",
        "type": "array",
        "help": "schema, table, type, format, size_bytes, num_files, row_count, error"
      },
      {
        "name": "top_tables_by_size",
        "type": "array",
        "help": "The ten largest"
      },
      {
        "name": "top_tables_by_rows",
        "type": "array",
        "help": "The ten with the most rows"
      }
    ]
  },
  register: {
    "name": "register",
    "method": "POST",
    "path": "/api/register",
    "cli": "register",
    "group": "Generate and export",
    "help": "Register the Delta and Parquet tables of a folder as external tables",
    "why": "Tables that other engines wrote become part of a catalog where they lie: to read, to clone, to compare.",
    "example": "clxs register --catalog lake --schema raw --from /data/tables",
    "effect": "write",
    "job": true,
    "args": [
      {
        "name": "catalog",
        "kind": "name",
        "flag": "--catalog",
        "help": "Catalog to register in; made when it is not there",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "schema",
        "kind": "str",
        "flag": "--schema",
        "help": "Schema to register in; made when it is not there",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "from",
        "kind": "path",
        "flag": "--from",
        "help": "Folder whose folders are tables",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "max_workers",
        "kind": "int",
        "flag": "--max-workers",
        "help": "Tables registered at once",
        "label": null,
        "unit": null,
        "of": null,
        "def": "4",
        "need": false,
        "advanced": true,
        "min": 1.0,
        "max": 64.0
      }
    ],
    "results": [
      {
        "name": "registered",
        "type": "array",
        "help": "name, path, format, existed"
      },
      {
        "name": "refused",
        "type": "array",
        "help": "name, path, reason"
      },
      {
        "name": "catalog",
        "type": "string",
        "help": "Where they are now"
      },
      {
        "name": "schema",
        "type": "string",
        "help": "Where they are now"
      }
    ]
  },
  demo_data: {
    "name": "demo_data",
    "method": "POST",
    "path": "/api/generate/demo-data",
    "cli": "demo-data",
    "group": "Generate and export",
    "help": "Make a demo catalog of real Delta tables",
    "why": "Something to clone, compare and explore, without touching anything of yours. The same scale always gives the same rows.",
    "example": "clxs demo-data --catalog demo_retail --industry retail --scale 1",
    "effect": "write",
    "job": true,
    "args": [
      {
        "name": "catalog_name",
        "kind": "name",
        "flag": "--catalog",
        "help": "Catalog to make",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "industries",
        "kind": "strs",
        "flag": "--industry",
        "help": "retail, healthcare, or both",
        "label": null,
        "unit": null,
        "of": null,
        "def": "retail",
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "scale_factor",
        "kind": "real",
        "flag": "--scale",
        "help": "Size; 1 is a few hundred thousand rows",
        "label": null,
        "unit": null,
        "of": null,
        "def": "1",
        "need": false,
        "advanced": false,
        "min": 0.001,
        "max": 1000.0
      },
      {
        "name": "max_workers",
        "kind": "int",
        "flag": "--max-workers",
        "help": "Tables made at once",
        "label": null,
        "unit": null,
        "of": null,
        "def": "2",
        "need": false,
        "advanced": false,
        "min": 1.0,
        "max": 64.0
      },
      {
        "name": "drop_existing",
        "kind": "bool",
        "flag": "--drop-existing",
        "help": "Drop the catalog first, with all that is in it",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "medallion",
        "kind": "bool",
        "flag": "--medallion",
        "help": "Make silver and gold, too",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "create_functions",
        "kind": "bool",
        "flag": "--functions",
        "help": "Make functions",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "create_volumes",
        "kind": "bool",
        "flag": "--volumes",
        "help": "Make volumes",
        "label": null,
        "unit": null,
        "of": null,
        "def": "true",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "start_date",
        "kind": "str",
        "flag": "--start-date",
        "help": "First day of orders and visits",
        "label": null,
        "unit": null,
        "of": null,
        "def": "2020-01-01",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "end_date",
        "kind": "str",
        "flag": "--end-date",
        "help": "Day after the last one",
        "label": null,
        "unit": null,
        "of": null,
        "def": "2025-01-01",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      }
    ],
    "results": [
      {
        "name": "catalogs",
        "type": "array",
        "help": "Catalogs that were made"
      },
      {
        "name": "schemas",
        "type": "integer",
        "help": "Schemas"
      },
      {
        "name": "tables",
        "type": "integer",
        "help": "Tables"
      },
      {
        "name": "views",
        "type": "integer",
        "help": "Views"
      },
      {
        "name": "functions",
        "type": "integer",
        "help": "Functions"
      },
      {
        "name": "volumes",
        "type": "integer",
        "help": "Volumes"
      },
      {
        "name": "rows",
        "type": "integer",
        "help": "Rows of all tables"
      },
      {
        "name": "bytes",
        "type": "integer",
        "help": "Bytes of all tables"
      },
      {
        "name": "seconds",
        "type": "number",
        "help": "How long it took"
      },
      {
        "name": "errors",
        "type": "array",
        "help": "object, error"
      }
    ]
  },
  run_sql: {
    "name": "run_sql",
    "method": "POST",
    "path": "/api/run-sql",
    "cli": "run-sql",
    "group": "Ops and servers",
    "help": "Run one SQL statement",
    "why": "The same SQL on a Databricks warehouse and on the embedded workspace.",
    "example": "clxs run-sql --sql \"SELECT count(*) FROM sales.eu.orders\"",
    "effect": "write",
    "job": false,
    "args": [
      {
        "name": "sql",
        "kind": "str",
        "flag": "--sql",
        "help": "The statement, in Databricks SQL",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "catalog",
        "kind": "str",
        "flag": "--catalog",
        "help": "What names without a catalog mean",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "schema",
        "kind": "str",
        "flag": "--schema",
        "help": "What names without a schema mean",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      }
    ],
    "results": [
      {
        "name": "columns",
        "type": "array",
        "help": "name, type"
      },
      {
        "name": "rows",
        "type": "array",
        "help": "Rows of texts, as the SQL Statement API writes them"
      }
    ]
  },
  history: {
    "name": "history",
    "method": "POST",
    "path": "/api/history",
    "cli": "history",
    "group": "Ops and servers",
    "help": "Show what ran in this state folder",
    "why": "Who ran what, when, with which arguments, and how it ended.",
    "example": "clxs history list --limit 5",
    "effect": "read",
    "job": false,
    "args": [
      {
        "name": "action",
        "kind": "enum",
        "flag": "--action",
        "help": "list, or show one",
        "label": null,
        "unit": null,
        "of": [
          "list",
          "show"
        ],
        "def": "list",
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "id",
        "kind": "str",
        "flag": "--id",
        "help": "Which one to show",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "operation",
        "kind": "str",
        "flag": "--operation",
        "help": "Only this operation",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "source",
        "kind": "str",
        "flag": "--source",
        "help": "Only those with this source catalog",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "limit",
        "kind": "int",
        "flag": "--limit",
        "help": "At most so many, newest first",
        "label": null,
        "unit": null,
        "of": null,
        "def": "20",
        "need": false,
        "advanced": false,
        "min": 1.0,
        "max": 1000.0
      }
    ],
    "results": [
      {
        "name": "operations",
        "type": "array",
        "help": "id, op, status, owner, workspace, arguments, error, created_at, duration_seconds"
      },
      {
        "name": "operation",
        "type": "object",
        "help": "The one that was asked for, with its result"
      }
    ]
  },
} as const;

export type OpName = keyof typeof ops;
