/* Functions that this project does not use, and what it uses instead:
 * strcpy, strcat, sprintf -> buf; strtok -> str; gmtime, localtime -> when.h;
 * atoi, atol, atof -> strtoll and friends with a check; system, popen -> posix_spawn.
 * Included on the command line (-include) of every file of ours. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok gmtime localtime ctime asctime
#pragma GCC poison atoi atol atof system popen gets
