/* HDF5 files on a disk that may fill up.
 *
 * When a write fails while HDF5 flushes its metadata, H5Fclose leaves a broken identifier and the
 * library crashes at exit (1.10.8: measured). So files are written through a driver that never
 * fails in HDF5's face: it notes the first error, swallows all later writes, and whoever opened the
 * file looks at the note after closing it. It takes no locks: what it writes is aside and ours. */
#ifndef HF_IO_CAREFUL_FILE_H
#define HF_IO_CAREFUL_FILE_H

#include <hdf5.h>
#include <stdbool.h>

/* Opens an existing file: `is_empty`: as a new HDF5 file whose root group has the properties of
 * `creation`; else for reading and writing. *error_number becomes 0, then the errno of the first
 * failure; it must outlive the file. Negative on failure. Close with H5Fclose, which also closes
 * what is still open in it. */
hid_t hf_careful_file_open(const char *path, bool is_empty, hid_t creation, int *error_number);

#endif
