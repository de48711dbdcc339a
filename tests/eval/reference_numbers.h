/* SPDX-License-Identifier: Apache-2.0 */
/* Written by tests/reference/eval_numbers.py; test_reference.c makes the inputs. */
#ifndef IDI_TESTS_EVAL_REFERENCE_NUMBERS_H
#define IDI_TESTS_EVAL_REFERENCE_NUMBERS_H

static const double reference_auc = 0.88973333333333338;
static const double reference_eer = 0.24464285714285716;
static const double reference_tar_far_0_01 = 0.45000000000000001;
static const double reference_tar_far_0_05 = 0.53333333333333333;
static const double reference_tar_far_0_25 = 0.76666666666666672;
static const double reference_normal_quantile_0_975 = 1.9599639845400536;
static const double reference_normal_quantile_1e_3 = -3.0902323061678132;
static const double reference_normal_quantile_1e_12 = -7.0344838253011321;
static const double reference_normal_quantile_0_4 = -0.25334710313579978;
static const double reference_l1 = 0.075400172647675429;
static const double reference_psnr = 20.861648636109145;
static const double reference_psnr_mask = 20.800692461739505;
static const double reference_ssim_rgb = 0.67162659674560254;
static const double reference_ssim_luma = 0.72872181121834134;
static const double reference_ssim_mask = 0.67270796363040153;
static const double reference_l1_float = 0.34542241720202344;
static const double reference_ssim_float = 0.0028762458319929324;
static const double reference_ms_ssim_rgb = 0.96537360461096633;
static const double reference_ms_ssim_luma = 0.96716168388944923;
static const double reference_frechet = 0.21555101980137881;
static const double reference_frechet_singular = 3.9156653042148073;
static const double reference_bootstrap_mean_low = 0.041792771195797558;
static const double reference_bootstrap_mean_high = 0.176689413891572;
static const double reference_bootstrap_pairs_low = -0.08576455681394668;
static const double reference_bootstrap_pairs_high = 0.15956922897229175;

#endif
