/* What HDF5 has to say when it fails, as one sentence of ours; it prints nothing itself. */
#ifndef HF_IO_HDF5_ERROR_H
#define HF_IO_HDF5_ERROR_H

#include "base/status.h"

/* Stops HDF5's own printing of errors in this process. Called by whatever opens a file. */
void hf_hdf5_quiet(void);
/* Fills *err with "cannot <doing> '<path>': <the deepest reason HDF5 knows>; <what to do>" and
 * returns `status`. Call right after the failure: the next HDF5 call forgets it. */
hf_status hf_hdf5_fail(hf_error *err, hf_status status, const char *doing, const char *path);
/* The same with an errno instead of HDF5's reasons; always HF_BAD_FILE. */
hf_status hf_file_fail(hf_error *err, int error_number, const char *doing, const char *path);

#endif
