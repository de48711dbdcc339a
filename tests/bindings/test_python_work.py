# SPDX-License-Identifier: Apache-2.0
"""The Python package on tiny models: what takes long (batches, trainings, evaluations) and what a model's
attention says; run in the folder that tests/bindings/python.sh makes."""

import csv
import hashlib
import json
import os
import signal
import subprocess
import unittest

import numpy as np

import idinject
from python_world import SIDE, World

RECIPE = {"network": {"arch": "mobilefacenet", "input_side": 32, "embedding_dim": 8, "width": 4, "blocks": [1, 1, 1, 0]},
          "steps": 6, "data": {"people": [0, 3], "photos": 2}, "batch": {"people": 4},
          "validation": {"every": 3, "people": [4, 23], "photos": 2}}


class Batches(World):
    def jobs(self, count):
        for i in range(count):
            yield {"labels": "where.png", "style": "how.png", "identity": "who.png", "out": f"batch_{i}.png"}

    def test_batch(self):
        jobs = list(self.jobs(3))
        jobs[1]["style"] = "missing.png"
        heard = []
        report = idinject.run_batch(self.generator, jobs, recogniser=self.generator.recogniser, batch=2,
                                    done=lambda i, error: heard.append((i, error and error.status)))
        self.assertEqual(report[:4], (2, 1, 1, 1))
        self.assertEqual(heard, [(0, None), (1, idinject.Status.IO), (2, None)])
        self.assertEqual(report.failures[0][0], 1)
        self.assertIn("missing.png", report.failures[0][1])
        # Two images at once are summed in another order than one.
        np.testing.assert_allclose(idinject.load_image("batch_2.png").astype(int), self.face, atol=1)

    def test_stopping_and_raising(self):
        run, recogniser = idinject.run_batch, self.generator.recogniser
        report = run(self.generator, self.jobs(50), recogniser=recogniser, done=lambda i, error: False)
        self.assertLess(report.made, 50)

        def raising(index, error):
            raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            run(self.generator, self.jobs(3), recogniser=recogniser, done=raising)
        with self.assertRaises(TypeError):
            run(self.generator, [{"label": "where.png"}], recogniser=recogniser)
        self.refused(idinject.Status.ARG, "batch", run, self.generator, self.jobs(1), batch=0)

    def test_values_instead_of_files(self):
        _, other, _ = idinject.draw_portrait(2, 0, SIDE)
        amounts = np.linspace(0, 1, 19)
        half = self.generator.recogniser.embed("how.png").slerp(self.who, 0.5)
        jobs = [{"labels": self.labels.astype(np.int64), "style": self.style, "identity": self.who},
                {"labels": "where.png", "style": self.style, "identity": "who.png", "other_labels": other,
                 "label_amounts": amounts},
                {"labels": other, "style": "how.png", "style_labels": "where.png", "identity": False},
                {"labels": "where.png", "style": "how.png", "identity": "who.png", "identity_strength": 0.5},
                {"labels": self.labels, "style": self.style, "identity": self.who, "other_labels": other}]

        def given():  # fresh arrays, which nobody but the batch keeps
            for i, job in enumerate(jobs):
                yield {"out": f"value_{i}.npy", **{k: v.copy() if isinstance(v, np.ndarray) else v
                                                   for k, v in job.items()}}

        for batch, threads in ((1, 0), (2, 2)):
            report = idinject.run_batch(self.generator, given(), recogniser=self.generator.recogniser, batch=batch,
                                        threads=threads, references=0)
            self.assertEqual(report[:2], (4, 1))
            self.assertEqual([index for index, _ in report.failures], [4])
            self.assertIn("label_amounts go together", report.failures[0][1])
            wanted = [
                self.generator.session().generate(self.labels, [self.style], [self.who], dtype="float32"),
                self.generator.session(label_mix=True).generate(
                    self.labels, [self.style], [self.who], other_labels=other, label_amounts=amounts[None],
                    dtype="float32"),
                self.generator.session(identity=False).generate(other, [self.style], dtype="float32"),
                self.generator.session().generate(self.labels, [self.style], [half], dtype="float32")]
            for i, image in enumerate(wanted):
                np.testing.assert_allclose(np.load(f"value_{i}.npy").transpose(0, 2, 3, 1), image, atol=1e-5)
                os.remove(f"value_{i}.npy")
        for words, job in (("[H, W]", {"labels": self.face}), ("[19]", {"label_amounts": [1]})):
            with self.assertRaisesRegex(idinject.Error, words.replace("[", r"\[")):
                idinject.run_batch(self.generator, [{**jobs[0], "out": "no.png", **job}])

    def test_what_is_made_is_shown(self):
        shown = {}

        def file(index, data, digest):
            self.assertEqual(hashlib.sha256(data).hexdigest(), digest)
            shown[index] = data

        run, recogniser = idinject.run_batch, self.generator.recogniser
        run(self.generator, self.jobs(2), recogniser=recogniser, file=file)
        for index in range(2):
            with open(f"batch_{index}.png", "rb") as written:
                self.assertEqual(written.read(), shown[index])
            os.remove(f"batch_{index}.png")
        run(self.generator, self.jobs(1), recogniser=recogniser, file=file, write=False)
        self.assertFalse(os.path.exists("batch_0.png"))
        jpeg = [{**job, "out": "batch.jpg"} for job in self.jobs(1)]
        sizes = []
        for quality in (30, 95):
            run(self.generator, jpeg, recogniser=recogniser, file=file, write=False, quality=quality)
            sizes.append(len(shown[0]))
        self.assertLess(sizes[0], sizes[1])
        report = run(self.generator, self.jobs(50), recogniser=recogniser, file=lambda *_: False, write=False)
        self.assertLess(report.made, 50)
        self.refused(idinject.Status.ARG, "quality 0", run, self.generator, self.jobs(1), quality=0)
        self.refused(idinject.Status.UNSUPPORTED, "noise", run, self.generator, self.jobs(1), noise=True)


class Explanations(World):
    def test_shares(self):
        found = self.generator.explain("where.png", "how.png", "who.png")
        plain = self.generator.session(plain=True).generate(self.labels, [self.style], [self.who])[0]
        np.testing.assert_allclose(found.image.astype(int), plain, atol=1)
        self.assertEqual(len(found.maps), 3)  # the blocks of the model
        there = np.unique(self.labels)
        for shares, regions in zip(found.maps, found.regions):
            side = len(shares)
            self.assertEqual((shares.shape, regions.shape), ((side, side, 20), (19, 20)))
            np.testing.assert_allclose(shares.sum(axis=2), 1, atol=1e-5)
            small = self.labels[::SIDE // side, ::SIDE // side]
            for index in range(19):
                if (small == index).any():
                    np.testing.assert_allclose(regions[index], shares[small == index].mean(axis=0), atol=1e-5)
                else:
                    self.assertTrue(np.isnan(regions[index]).all())
        self.assertEqual(len(found.maps[-1]), SIDE)
        np.testing.assert_array_equal(there, np.flatnonzero(~np.isnan(found.regions[-1][:, 0])))
        self.refused(idinject.Status.SHAPE, "want one", self.generator.explain, self.maps, self.style, self.who)


class Trainings(unittest.TestCase):
    def setUp(self):
        with open("recipe.json", "w") as recipe:
            json.dump(RECIPE, recipe)
        self.context = idinject.Context("cpu")

    def log(self, folder):
        with open(os.path.join(folder, "log.csv")) as stream:
            return list(csv.DictReader(stream))

    def content(self, folder):
        names = sorted(os.listdir(folder))
        return {name: open(os.path.join(folder, name), "rb").read() for name in names}

    def test_stops_goes_on_and_ends(self):
        heard = []
        whole = idinject.train("recipe.json", "whole", context=self.context, progress=heard.append)
        self.assertEqual([at.step for at in heard], list(range(7)))
        self.assertEqual([at.step for at in heard if at.is_validated], [3, 6])
        self.assertEqual((whole.step, whole.steps, whole.first_step, whole.seconds_left), (6, 6, 0, 0.0))
        lines = self.log("whole")
        self.assertEqual([int(line["step"]) for line in lines], [3, 6])
        for line in lines:
            at = heard[int(line["step"])]
            self.assertAlmostEqual(float(line["loss"]), at.loss, 5)
            self.assertAlmostEqual(float(line["eer"]), at.eer, 5)
        self.assertTrue(0 <= whole.tar <= 1 and 0 <= whole.eer <= 1)
        self.assertNotEqual(whole.own_similarity, whole.own_similarity)  # NaN: a generator's
        stopped = idinject.train("recipe.json", "stopped", context=self.context, network="recogniser",
                                 progress=lambda at: at.step < 2)
        self.assertEqual((stopped.step, stopped.steps), (2, 6))
        self.assertFalse(os.path.exists("stopped/model.safetensors"))
        on = idinject.train("recipe.json", "stopped", context=self.context)
        self.assertEqual((on.first_step, on.step), (2, 6))
        self.assertEqual(self.content("stopped"), self.content("whole"))
        self.assertEqual(idinject.Model.load("whole/model.safetensors", "cpu").info.identity_dim, 8)

    def test_what_is_raised(self):
        def fails(at):
            if at.step == 1:
                raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            idinject.train("recipe.json", "failing", context=self.context, progress=fails)
        self.assertEqual(idinject.train("recipe.json", "failing", context=self.context).first_step, 1)
        for status, words, named in ((idinject.Status.ARG, "want a generator's", {"network": "generator"}),
                                     (idinject.Status.IO, "none.json", {"recipe": "none.json"})):
            with self.assertRaisesRegex(idinject.Error, words) as caught:
                idinject.train(**{"recipe": "recipe.json", "folder": "no", "context": self.context, **named})
            self.assertEqual(caught.exception.status, status)

    def test_interrupts_are_not_lost(self):
        # A signal that comes while C computes is Python's when it is next entered, in the callback.
        with open("long.json", "w") as recipe:
            json.dump({**RECIPE, "steps": 100000}, recipe)
        usual = signal.getsignal(signal.SIGINT)
        with subprocess.Popen(["sh", "-c", f"sleep 0.5; kill -INT {os.getpid()}"]):
            with self.assertRaises(KeyboardInterrupt):
                idinject.train("long.json", "interrupted", context=self.context)
        self.assertIs(signal.getsignal(signal.SIGINT), usual)
        self.assertTrue(os.path.exists("interrupted/checkpoint.safetensors"))


class Evaluations(World):
    DATA = idinject.EvaluationData(size=SIDE, first_person=100, people=12, photos=4)

    def scores(self, path):
        with open(path) as stream:
            rows = list(csv.DictReader(stream))
        return [[float(row["score"]) for row in rows if row["kind"] == kind] for kind in ("genuine", "impostor")]

    def test_a_recogniser(self):
        heard = []
        found = idinject.evaluate_recogniser(
            self.generator.recogniser, self.DATA, replicates=100, report_path="report.json", scores_path="scores.csv",
            progress=lambda what, done, total: heard.append((what, done, total)))
        genuine, impostors = self.scores("scores.csv")
        self.assertEqual((found.people, found.photos, found.genuine, found.impostors),
                         (12, 48, len(genuine), len(impostors)))
        wins = np.subtract.outer(genuine, impostors)
        self.assertAlmostEqual(found.auc.value, ((wins > 0) + (wins == 0) / 2).mean(), 12)
        self.assertEqual([rate.far for rate in found.at], [1e-2, 1e-3, 1e-4])
        first, *others = found.at
        self.assertAlmostEqual(first.tar.value, np.mean(np.array(genuine) >= first.threshold), 12)
        self.assertLessEqual(np.mean(np.array(impostors) >= first.threshold), 0.01)
        self.assertEqual([(rate.threshold, rate.tar) for rate in others], [(None, None)] * 2)
        for number in (found.eer, found.auc, found.rank1, first.tar):
            self.assertTrue(0 <= number.low <= number.value <= number.high <= 1, number)
        with open("report.json") as report:
            self.assertEqual(json.load(report)["protocol"]["pairs_hash"], found.pairs_hash)
        self.assertTrue(any(what and done == total == 48 for what, done, total in heard), heard)
        again = idinject.evaluate_recogniser(self.generator.recogniser, self.DATA, replicates=100, threads=0)
        self.assertEqual(again, found)
        other = idinject.evaluate_recogniser(self.generator.recogniser, self.DATA, replicates=100, seed=1)
        self.assertNotEqual(other.pairs_hash, found.pairs_hash)

    def test_a_generator(self):
        found = idinject.evaluate_generator(
            self.generator, self.DATA, replicates=100, attacks=6, strengths=[0.0, 1.0], scores_path="attacks.csv",
            sheet_path="sheet.png")
        self.assertEqual((found.people, found.pairs, len(found.recognisers)), (12, 6, 1))
        self.assertAlmostEqual(found.attack_ssim, 1.0, 12)  # the first of the strengths: nothing is injected
        self.assertTrue(-1 <= found.own_ssim <= 1)
        judge = found.recognisers[0]
        self.assertEqual(judge.at[1], idinject.AttackAtFar(1e-3, None, None))
        with open("attacks.csv") as stream:
            rows = [row for row in csv.DictReader(stream) if row["strength"] == "0"]
        self.assertEqual(len(rows), 6)
        column = next(name for name in rows[0] if name.endswith("to_second") or name == "second")
        self.assertAlmostEqual(judge.to_second.value, np.mean([float(row[column]) for row in rows]), 6)
        self.assertEqual(idinject.load_image("sheet.png").shape[2], 3)
        full = idinject.evaluate_generator(self.generator, self.DATA, [self.generator.recogniser] * 2, replicates=100,
                                           attacks=2, search_steps=0, leverage=2, report_path="full.json")
        self.assertEqual(len(full.recognisers), 2)
        with open("full.json") as stream:
            self.assertEqual(json.load(stream)["leverage"]["rows"][-1]["exchanged"], "identity")
        self.assertLess(full.attack_ssim, 1)

    def test_what_is_refused(self):
        run, recogniser = idinject.evaluate_recogniser, self.generator.recogniser
        self.refused(idinject.Status.CANCELLED, "of 48", run, recogniser, self.DATA, report_path="no.json",
                     progress=lambda what, done, total: False)
        self.assertFalse(os.path.exists("no.json"))
        self.refused(idinject.Status.ARG, "2 people", run, recogniser, self.DATA._replace(people=2))
        self.refused(idinject.Status.ARG, "'faces'", run, recogniser, self.DATA._replace(source="faces"))
        self.refused(idinject.Status.ARG, "want a recogniser", run, self.generator, self.DATA)
        self.refused(idinject.Status.ARG, "strength", idinject.evaluate_generator, self.generator, self.DATA,
                     strengths=[float("nan")])
        with self.assertRaises(ZeroDivisionError):
            run(recogniser, self.DATA, progress=lambda what, done, total: 1 // 0)


if __name__ == "__main__":
    unittest.main()
