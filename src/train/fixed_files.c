/* SPDX-License-Identifier: Apache-2.0 */
/* train/fixed_files.c - see fixed_files.h. */
#include "train/fixed_files.h"

#include <stdio.h>
#include <string.h>

enum { ENTRY_BYTES = IDI_FIXED_FILES_BYTES / IDI_FIXED_FILES };

typedef struct entry {
    char text[ENTRY_BYTES];
} entry;

static entry entry_of(const idi_fixed_files *files, int i)
{
    entry e;
    (void)snprintf(e.text, sizeof e.text, "%s=%016llx;", files->at[i].member,
                   (unsigned long long)files->at[i].fingerprint);
    return e;
}

void idi_fixed_files_add(idi_fixed_files *files, const char *member, uint64_t fingerprint)
{
    files->at[files->count].member = member;
    files->at[files->count++].fingerprint = fingerprint;
}

void idi_fixed_files_format(const idi_fixed_files *files, char text[IDI_FIXED_FILES_BYTES])
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < files->count; i++, used = strlen(text))
        (void)snprintf(text + used, IDI_FIXED_FILES_BYTES - used, "%s", entry_of(files, i).text);
}

idi_status idi_fixed_files_require(const idi_fixed_files *files, const char *before)
{
    for (int i = 0; i < files->count; i++)
        IDI_REQUIRE(strstr(before ? before : "", entry_of(files, i).text), IDI_ERR_STATE,
                    "%s was another model there: this one's fingerprint is %016llx",
                    files->at[i].member, (unsigned long long)files->at[i].fingerprint);
    return IDI_OK;
}
