/* features.h - the list of features: adding a kind of thing is one file pair and one row here. */
#ifndef CONVENED_FEATURES_FEATURES_H
#define CONVENED_FEATURES_FEATURES_H

#include "http/route.h"

extern const struct feature *const features[]; /* NULL-terminated */

#endif
