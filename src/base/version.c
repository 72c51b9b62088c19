/* What this program is: src/base/CMakeLists.txt passes HF_VERSION and HF_COMMIT. */
#include "base/version.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown"
#endif

const char *hf_version(void) {
    return HF_VERSION;
}
const char *hf_commit(void) {
    return HF_COMMIT;
}
const char *hf_compiler(void) {
    return COMPILER;
}
