/* One place for feature macros that the build sets, and the version. */
#pragma once

#define CLXS_VERSION "0.1.0"
