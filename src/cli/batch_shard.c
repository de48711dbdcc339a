/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch_shard.c - shards as WebDataset reads them: ustar archives, in which the members of one
 * sample follow each other and have one name but for what stands behind its dot. Headers hold no
 * time and no owner, so that the same jobs give the same bytes. A shard is called .part until it is
 * whole. */
#include "batch_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

enum { BLOCK = 512, NAME_BYTES = 100, PREFIX_BYTES = 155, END_BLOCKS = 2 };

/* POSIX.1-1988's header; numbers are octal text. */
typedef struct ustar_header {
    char name[NAME_BYTES], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8];
    char type, link[100], magic[6], version[2], owner[32], group[32], major[8], minor[8];
    char prefix[PREFIX_BYTES], rest[12];
} ustar_header;

_Static_assert(sizeof(ustar_header) == BLOCK, "a header is a block");

void idi_shard_path(const idi_batch_output *output, int64_t number, char path_out[IDI_PATH_BYTES])
{
    char part[64] = "";
    int used;
    if (output->parts > 1)
        (void)snprintf(part, sizeof part, "%lld-of-%lld-", (long long)output->part,
                       (long long)output->parts);
    if (output->is_one_file)
        used = snprintf(path_out, IDI_PATH_BYTES, "%s", output->path);
    else
        used = snprintf(path_out, IDI_PATH_BYTES, "%s/shard-%s%06lld.tar", output->path, part,
                        (long long)number);
    if (used < 0 || used >= IDI_PATH_BYTES) path_out[0] = '\0';
}

static void part_path(const char *path, char part_out[IDI_NOTED_BYTES])
{
    (void)snprintf(part_out, IDI_NOTED_BYTES, "%s.part", path);
}

static idi_status cannot(idi_cli *cli, const char *path, const char *what)
{
    return idi_cli_fail(cli, IDI_ERR_IO, "%s: cannot be %s: %s", path, what, strerror(errno));
}

/* --- members -------------------------------------------------------------------------------------
 */

/* Where a long path is cut in two: the last slash that leaves both halves short enough; -1: none.
 */
static ptrdiff_t cut_of(const char *name, size_t length)
{
    for (size_t i = length; i-- > 0;)
        if (name[i] == '/' && i <= PREFIX_BYTES && length - i - 1 <= NAME_BYTES)
            return (ptrdiff_t)i;
    return -1;
}

bool idi_shard_takes(const char *out)
{
    char key[IDI_PATH_BYTES + 8];
    const char *slash = strrchr(out, '/');
    const char *base = slash ? slash + 1 : out;
    const char *dot = strchr(base, '.');
    if (!dot || dot == base || dot != strrchr(base, '.')) return false;
    const int length = snprintf(key, sizeof key, "%.*s.json", (int)(dot - out), out);
    if (length < 0 || (size_t)length >= sizeof key) return false;
    return length <= NAME_BYTES || cut_of(key, (size_t)length) >= 0;
}

static void put_octal(char *field, int digits, uint64_t value)
{
    for (int i = digits; i-- > 0; value >>= 3)
        field[i] = (char)('0' + (value & 7));
}

static void fill_header(ustar_header *h, const char *name, size_t bytes)
{
    const size_t length = strlen(name);
    const ptrdiff_t cut = length > NAME_BYTES ? cut_of(name, length) : -1;
    unsigned sum = 0;
    memset(h, 0, sizeof *h);
    if (cut >= 0) memcpy(h->prefix, name, (size_t)cut);
    memcpy(h->name, name + cut + 1, length - (size_t)(cut + 1));
    put_octal(h->mode, 7, 0644);
    put_octal(h->uid, 7, 0);
    put_octal(h->gid, 7, 0);
    put_octal(h->size, 11, bytes);
    put_octal(h->mtime, 11, 0);
    put_octal(h->major, 7, 0);
    put_octal(h->minor, 7, 0);
    h->type = '0';
    memcpy(h->magic, "ustar", 6);
    memcpy(h->version, "00", 2);
    memset(h->checksum, ' ', sizeof h->checksum);
    for (size_t i = 0; i < sizeof *h; i++)
        sum += ((const unsigned char *)h)[i];
    put_octal(h->checksum, 6, sum);
    h->checksum[6] = '\0';
}

static bool put(int file, const void *bytes, size_t size)
{
    const char *from = bytes;
    while (size > 0) {
        const ssize_t written = write(file, from, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        from += written;
        size -= (size_t)written;
    }
    return true;
}

static bool put_member(idi_batch_output *o, const char *name, const void *bytes, size_t size)
{
    static const char zeros[BLOCK];
    ustar_header header;
    const size_t padding = (BLOCK - size % BLOCK) % BLOCK;
    fill_header(&header, name, size);
    o->shard_end += (int64_t)(sizeof header + size + padding);
    return put(o->shard, &header, sizeof header) && put(o->shard, bytes, size) &&
           put(o->shard, zeros, padding);
}

/* --- shards --------------------------------------------------------------------------------------
 */

/* The part's file, made or gone on with at `end`. */
static idi_status open_part(idi_cli *cli, idi_batch_output *o, int64_t end)
{
    char path[IDI_PATH_BYTES], part[IDI_NOTED_BYTES];
    struct stat status;
    idi_shard_path(o, o->shard_number, path);
    part_path(path, part);
    o->shard = open(part, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (o->shard < 0) return cannot(cli, part, "created");
    if (fstat(o->shard, &status) != 0) return cannot(cli, part, "read");
    if ((int64_t)status.st_size < end)
        return idi_cli_fail(cli, IDI_ERR_FORMAT,
                            "%s: is shorter than its journal has it: name another --out", part);
    if (ftruncate(o->shard, (off_t)end) != 0 || lseek(o->shard, (off_t)end, SEEK_SET) < 0)
        return cannot(cli, part, "written");
    o->shard_end = end;
    return IDI_OK;
}

idi_status idi_shard_close(idi_cli *cli, idi_batch_output *output)
{
    static const char zeros[END_BLOCKS * BLOCK];
    char path[IDI_PATH_BYTES], part[IDI_NOTED_BYTES];
    if (output->shard < 0) return IDI_OK;
    idi_shard_path(output, output->shard_number, path);
    part_path(path, part);
    bool is_good = put(output->shard, zeros, sizeof zeros);
    if (is_good) /* some file systems cannot */
        is_good = fsync(output->shard) == 0 || errno == EINVAL || errno == ENOTSUP;
    const int file = output->shard;
    output->shard = -1;
    if (close(file) != 0) is_good = false;
    if (!is_good || rename(part, path) != 0) return cannot(cli, path, "written");
    return IDI_OK;
}

/* A shard that was ended, but has room, is a part again. */
idi_status idi_shard_resume(idi_cli *cli, idi_batch_output *output)
{
    char path[IDI_PATH_BYTES], part[IDI_NOTED_BYTES];
    if (!output->shard_samples) return IDI_OK;
    idi_shard_path(output, output->shard_number, path);
    part_path(path, part);
    const bool is_part = access(part, F_OK) == 0;
    if (!is_part && access(path, F_OK) != 0)
        return idi_cli_fail(cli, IDI_ERR_IO,
                            "%s: is gone, though its journal has it: name another --out", path);
    if (is_part) return open_part(cli, output, output->shard_end);
    return IDI_OK;
}

/* Room for one more sample. */
static idi_status make_room(idi_cli *cli, idi_batch_output *o)
{
    char path[IDI_PATH_BYTES], part[IDI_NOTED_BYTES];
    const bool is_full = !o->is_one_file && o->shard_samples >= o->shard_size;
    if (is_full) IDI_CLI_TRY(idi_shard_close(cli, o));
    if (is_full) {
        o->shard_number++;
        o->shard_samples = 0;
        o->shard_end = 0;
    }
    if (o->shard >= 0) return IDI_OK;
    if (o->shard_samples) {
        idi_shard_path(o, o->shard_number, path);
        part_path(path, part);
        if (rename(path, part) != 0) return cannot(cli, path, "gone on with");
    }
    return open_part(cli, o, o->shard_samples ? o->shard_end : 0);
}

static char *sample_text(json_t *job)
{
    json_t *own = idi_job_own_members(job);
    json_t *sample =
        own ? json_pack("{s:O, s:I}", "job", own, "seed", (json_int_t)idi_job_seed(job)) : NULL;
    char *text = sample ? json_dumps(sample, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(sample);
    json_decref(own);
    return text;
}

idi_status idi_shard_add(idi_cli *cli, idi_batch_output *output, json_t *job,
                         const idi_job_file *file)
{
    char name[IDI_PATH_BYTES + 8];
    const char *out = json_string_value(json_object_get(job, "out"));
    IDI_CLI_TRY(make_room(cli, output));
    char *text = sample_text(job);
    if (!text) return idi_cli_fail(cli, IDI_ERR_NOMEM, "no memory");
    (void)snprintf(name, sizeof name, "%.*s.json", (int)(strrchr(out, '.') - out), out);
    const bool is_good = put_member(output, out, file->bytes, file->byte_count) &&
                         put_member(output, name, text, strlen(text));
    free(text);
    if (!is_good) return cannot(cli, output->path, "written");
    output->shard_samples++;
    return IDI_OK;
}
