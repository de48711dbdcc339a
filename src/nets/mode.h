/* SPDX-License-Identifier: Apache-2.0 */
/* nets/mode.h - whether a network is built to be used or to be trained: for those with layers that
 * do not do the same in both. */
#ifndef IDI_NETS_MODE_H
#define IDI_NETS_MODE_H

typedef enum idi_mode {
    IDI_MODE_INFERENCE, /* also for a frozen network within another one's training */
    IDI_MODE_TRAINING
} idi_mode;

#endif
