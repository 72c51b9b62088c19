/* What this program is: filled in by the build. */
#ifndef HF_BASE_VERSION_H
#define HF_BASE_VERSION_H

const char *hf_version(void);  /* "0.1.0" */
const char *hf_commit(void);   /* short hash of the source, "unknown" outside a checkout */
const char *hf_compiler(void); /* name and version */

#endif
