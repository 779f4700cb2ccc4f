/* Generated from the operation table by `clxs spec --format ts`. Do not edit. */

export interface CloneArgs {
  /** Catalog to copy */
  source_catalog: string;
  /** Catalog to create or bring up to date */
  destination_catalog: string;
  /** DEEP copies the files, SHALLOW refers to them */
  clone_type?: "DEEP" | "SHALLOW";
  /** Copy only these schemas */
  include_schemas?: string[];
  /** Compare row counts when the copy is done */
  validate_after_clone?: boolean;
  /** Compare the rows too, by a hash */
  validate_checksum?: boolean;
  /** Objects copied at once */
  max_workers?: number;
  /** Copy grants */
  copy_permissions?: boolean;
  /** Copy views */
  clone_views?: boolean;
  /** Copy functions */
  clone_functions?: boolean;
  /** Leave these schemas out */
  exclude_schemas?: string[];
  /** Copy only tables whose name matches */
  include_tables_regex?: string;
  /** Leave out tables whose name matches */
  exclude_tables_regex?: string;
  /** Storage location of the new catalog */
  location?: string;
  /** Show the plan and stop */
  dry_run?: boolean;
}

export interface PlanArgs {
  /** Catalog to copy */
  source_catalog: string;
  /** Catalog to create or bring up to date */
  destination_catalog: string;
  /** DEEP copies the files, SHALLOW refers to them */
  clone_type?: "DEEP" | "SHALLOW";
  /** Copy only these schemas */
  include_schemas?: string[];
  /** Compare row counts when the copy is done */
  validate_after_clone?: boolean;
  /** Compare the rows too, by a hash */
  validate_checksum?: boolean;
  /** Objects copied at once */
  max_workers?: number;
  /** Copy grants */
  copy_permissions?: boolean;
  /** Copy views */
  clone_views?: boolean;
  /** Copy functions */
  clone_functions?: boolean;
  /** Leave these schemas out */
  exclude_schemas?: string[];
  /** Copy only tables whose name matches */
  include_tables_regex?: string;
  /** Leave out tables whose name matches */
  exclude_tables_regex?: string;
  /** Storage location of the new catalog */
  location?: string;
}

export interface DiffArgs {
  /** Catalog to copy */
  source_catalog: string;
  /** Catalog to create or bring up to date */
  destination_catalog: string;
}

export interface ValidateArgs {
  /** Catalog to copy */
  source_catalog: string;
  /** Catalog to create or bring up to date */
  destination_catalog: string;
}

export interface StatsArgs {
  /** Catalog to look at */
  source_catalog: string;
}

export interface SearchArgs {
  /** Catalog to look at */
  source_catalog: string;
  /** Regular expression */
  pattern: string;
  /** Search the columns too */
  search_columns?: boolean;
}

export interface RunSqlArgs {
  /** Statement */
  sql: string;
}

export interface OpArgs {
  clone: CloneArgs;
  plan: PlanArgs;
  diff: DiffArgs;
  validate: ValidateArgs;
  stats: StatsArgs;
  search: SearchArgs;
  run_sql: RunSqlArgs;
}

export const ops = {
  clone: {
    "name": "clone",
    "method": "POST",
    "path": "/api/clone",
    "cli": "clone",
    "group": "Clone",
    "help": "Copy a catalog",
    "why": "Copy a catalog",
    "example": "clxs clone",
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
        "help": "Catalog to create or bring up to date",
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
        "help": "DEEP copies the files, SHALLOW refers to them",
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
        "name": "include_schemas",
        "kind": "strs",
        "flag": "--include-schemas",
        "help": "Copy only these schemas",
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
        "name": "validate_after_clone",
        "kind": "bool",
        "flag": "--validate",
        "help": "Compare row counts when the copy is done",
        "label": null,
        "unit": null,
        "of": null,
        "def": "false",
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "validate_checksum",
        "kind": "bool",
        "flag": "--checksum",
        "help": "Compare the rows too, by a hash",
        "label": null,
        "unit": null,
        "of": null,
        "def": "false",
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "max_workers",
        "kind": "int",
        "flag": "--max-workers",
        "help": "Objects copied at once",
        "label": null,
        "unit": null,
        "of": null,
        "def": "4",
        "need": false,
        "advanced": false,
        "min": 1,
        "max": 64
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
        "name": "clone_views",
        "kind": "bool",
        "flag": "--clone-views",
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
        "flag": "--clone-functions",
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
        "name": "exclude_schemas",
        "kind": "strs",
        "flag": "--exclude-schemas",
        "help": "Leave these schemas out",
        "label": null,
        "unit": null,
        "of": null,
        "def": "information_schema,default",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "include_tables_regex",
        "kind": "str",
        "flag": "--include-tables-regex",
        "help": "Copy only tables whose name matches",
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
        "name": "exclude_tables_regex",
        "kind": "str",
        "flag": "--exclude-tables-regex",
        "help": "Leave out tables whose name matches",
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
        "name": "location",
        "kind": "str",
        "flag": "--location",
        "help": "Storage location of the new catalog",
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
        "name": "dry_run",
        "kind": "bool",
        "flag": "--dry-run",
        "help": "Show the plan and stop",
        "label": null,
        "unit": null,
        "of": null,
        "def": "false",
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      }
    ],
    "results": []
  },
  plan: {
    "name": "plan",
    "method": "POST",
    "path": "/api/plan",
    "cli": "plan",
    "group": "Clone",
    "help": "Show what a clone would do",
    "why": "Show what a clone would do",
    "example": "clxs plan",
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
        "help": "Catalog to create or bring up to date",
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
        "help": "DEEP copies the files, SHALLOW refers to them",
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
        "name": "include_schemas",
        "kind": "strs",
        "flag": "--include-schemas",
        "help": "Copy only these schemas",
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
        "name": "validate_after_clone",
        "kind": "bool",
        "flag": "--validate",
        "help": "Compare row counts when the copy is done",
        "label": null,
        "unit": null,
        "of": null,
        "def": "false",
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "validate_checksum",
        "kind": "bool",
        "flag": "--checksum",
        "help": "Compare the rows too, by a hash",
        "label": null,
        "unit": null,
        "of": null,
        "def": "false",
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      },
      {
        "name": "max_workers",
        "kind": "int",
        "flag": "--max-workers",
        "help": "Objects copied at once",
        "label": null,
        "unit": null,
        "of": null,
        "def": "4",
        "need": false,
        "advanced": false,
        "min": 1,
        "max": 64
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
        "name": "clone_views",
        "kind": "bool",
        "flag": "--clone-views",
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
        "flag": "--clone-functions",
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
        "name": "exclude_schemas",
        "kind": "strs",
        "flag": "--exclude-schemas",
        "help": "Leave these schemas out",
        "label": null,
        "unit": null,
        "of": null,
        "def": "information_schema,default",
        "need": false,
        "advanced": true,
        "min": null,
        "max": null
      },
      {
        "name": "include_tables_regex",
        "kind": "str",
        "flag": "--include-tables-regex",
        "help": "Copy only tables whose name matches",
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
        "name": "exclude_tables_regex",
        "kind": "str",
        "flag": "--exclude-tables-regex",
        "help": "Leave out tables whose name matches",
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
        "name": "location",
        "kind": "str",
        "flag": "--location",
        "help": "Storage location of the new catalog",
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
    "results": []
  },
  diff: {
    "name": "diff",
    "method": "POST",
    "path": "/api/diff",
    "cli": "diff",
    "group": "Analysis and comparison",
    "help": "Compare two catalogs",
    "why": "Compare two catalogs",
    "example": "clxs diff",
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
        "help": "Catalog to create or bring up to date",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      }
    ],
    "results": []
  },
  validate: {
    "name": "validate",
    "method": "POST",
    "path": "/api/validate",
    "cli": "validate",
    "group": "Analysis and comparison",
    "help": "Check a clone",
    "why": "Check a clone",
    "example": "clxs validate",
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
        "help": "Catalog to create or bring up to date",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      }
    ],
    "results": []
  },
  stats: {
    "name": "stats",
    "method": "POST",
    "path": "/api/stats",
    "cli": "stats",
    "group": "Analysis and comparison",
    "help": "Inventory and sizes",
    "why": "Inventory and sizes",
    "example": "clxs stats",
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
      }
    ],
    "results": []
  },
  search: {
    "name": "search",
    "method": "POST",
    "path": "/api/search",
    "cli": "search",
    "group": "Analysis and comparison",
    "help": "Find tables and columns",
    "why": "Find tables and columns",
    "example": "clxs search",
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
        "name": "pattern",
        "kind": "str",
        "flag": "--pattern",
        "help": "Regular expression",
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
        "help": "Search the columns too",
        "label": null,
        "unit": null,
        "of": null,
        "def": "false",
        "need": false,
        "advanced": false,
        "min": null,
        "max": null
      }
    ],
    "results": []
  },
  run_sql: {
    "name": "run_sql",
    "method": "POST",
    "path": "/api/run-sql",
    "cli": "run-sql",
    "group": "Ops",
    "help": "Run a statement",
    "why": "Run a statement",
    "example": "clxs run_sql",
    "effect": "write",
    "job": false,
    "args": [
      {
        "name": "sql",
        "kind": "str",
        "flag": "--sql",
        "help": "Statement",
        "label": null,
        "unit": null,
        "of": null,
        "def": null,
        "need": true,
        "advanced": false,
        "min": null,
        "max": null
      }
    ],
    "results": []
  },
} as const;

export type OpName = keyof typeof ops;
