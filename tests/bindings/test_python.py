# SPDX-License-Identifier: Apache-2.0
"""The Python package on tiny models: run in the folder that tests/bindings/python.sh makes."""

import ctypes
import gc
import logging
import os
import subprocess
import sys
import threading
import time
import unittest

import numpy as np

import idinject
from idinject import _structs
from png_pixels import frames
from python_world import SIDE, World

try:
    import torch
except ImportError:
    torch = None

ABI, INCLUDE = sys.argv[1], sys.argv[2]
del sys.argv[1:3]


class Opaque:
    """A tensor that only speaks DLPack."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, stream=None):
        return self.array.__dlpack__()

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class OnDevice(Opaque):
    """One that says it lies on a GPU, and notes the stream that it was asked for. (The CPU takes its
    address for the host's, which it is.)"""

    def __dlpack__(self, stream=None):
        self.stream = stream
        return self.array.__dlpack__()

    def __dlpack_device__(self):
        return 2, 0


class Interface:
    """One that only speaks __cuda_array_interface__."""

    def __init__(self, array):
        self.array = array
        self.__cuda_array_interface__ = {
            "shape": array.shape, "typestr": array.dtype.str, "data": (array.ctypes.data, False), "version": 3,
            "strides": None if array.flags.c_contiguous else array.strides}


class Structs(unittest.TestCase):
    def test_sizes_and_offsets_are_the_compilers(self):
        text = subprocess.run([sys.executable, ABI, INCLUDE], check=True, capture_output=True, text=True).stdout
        lines = {line.split()[0] + line.split()[1]: [int(n) for n in line.split()[2:]]
                 for line in text.splitlines() if not line.startswith("function")}
        checked = 0
        for name, struct in vars(_structs).items():
            if not (isinstance(struct, type) and issubclass(struct, ctypes.Structure)) or name == "DLTensor":
                continue
            in_c = "idi_" + "".join("_" + c.lower() if c.isupper() else c for c in name)[1:]
            self.assertEqual([ctypes.sizeof(struct)], lines["struct" + in_c], in_c)
            members = [field[0] for field in struct._fields_]
            self.assertEqual(len(members), sum(key.startswith(f"member{in_c}.") for key in lines), in_c)
            for member in members:
                field = getattr(struct, member)
                self.assertEqual([field.offset, field.size], lines[f"member{in_c}.{member}"], f"{in_c}.{member}")
                checked += 1
        self.assertGreater(checked, 180)
        for status in idinject.Status:
            name = "IDI_OK" if status == 0 else f"IDI_ERR_{status.name}"
            self.assertEqual([status.value], lines["constant" + name])


class Images(World):
    def test_the_programs_picture(self):
        face = self.generator.generate("where.png", style="how.png", identity="who.png")
        idinject.save_image("face.png", face)
        with open("face.png", "rb") as ours, open("wanted.png", "rb") as wanted:
            self.assertEqual(ours.read(), wanted.read())
        np.testing.assert_array_equal(face, self.face)
        idinject.generate_file("generator.safetensors", "where.png", "how.png", "file.png", identity="who.png",
                               recogniser="recogniser.safetensors")
        np.testing.assert_array_equal(idinject.load_image("file.png"), face)

    def test_kinds_of_styles_and_identities(self):
        photo = idinject.load_image("how.png")
        for style in (self.style, "how.png", photo, ("how.png", "where.png"), (photo, self.labels)):
            for who in (self.who, "who.png", idinject.load_image("who.png"), self.who.array):
                np.testing.assert_allclose(self.generator.generate(self.labels, style, who).astype(int), self.face,
                                           atol=1)
        both = self.generator.generate(self.maps, [self.style, "how.png"], [self.who, "who.png"], dtype="float32")
        self.assertEqual((both.shape, both.dtype), ((2, SIDE, SIDE, 3), np.float32))
        np.testing.assert_allclose(both[0], both[1], atol=1e-5)
        self.assertLessEqual(np.abs(both).max(), 1.0)

    def test_files(self):
        rgb, labels, marks = idinject.draw_portrait(3, 1, SIDE)
        self.assertEqual((rgb.shape, labels.shape, marks.shape), ((SIDE, SIDE, 3), (SIDE, SIDE), (5, 2)))
        idinject.save_image("labels.png", labels)
        np.testing.assert_array_equal(idinject.load_labels("labels.png"), labels)
        self.assertEqual(idinject.resize(rgb, 32, 16).shape, (16, 32, 3))
        np.testing.assert_array_equal(idinject.degrade(rgb, "none"), rgb)
        noisy = idinject.degrade(rgb, "noise", seed=3)
        np.testing.assert_array_equal(noisy, idinject.degrade(rgb, "noise", seed=3))
        self.assertTrue((noisy != idinject.degrade(rgb, "noise", seed=4)).any())
        self.assertRaisesRegex(ValueError, "want one of none, jpeg90", idinject.degrade, rgb, "rain")
        self.refused(idinject.Status.IO, "missing.png", idinject.load_image, "missing.png")
        self.refused(idinject.Status.SHAPE, "[H, W, 3]", idinject.save_image, "x.png", np.zeros(3, np.uint8))

    def test_animation(self):
        pictures = [idinject.draw_portrait(person, 0, SIDE)[0] for person in range(3)]
        for given in (pictures, np.stack(pictures), Opaque(np.stack(pictures)), iter(pictures)):
            idinject.save_animation("faces.apng", given, 40)
            shown, delays = frames("faces.apng")
            self.assertEqual(delays, [0.04] * 3)
            for rows, picture in zip(shown, pictures):
                np.testing.assert_array_equal(np.frombuffer(b"".join(rows), np.uint8).reshape(SIDE, SIDE, 3), picture)
        np.testing.assert_array_equal(idinject.load_image("faces.apng"), pictures[0])
        idinject.save_animation("drawn.apng", pictures, 40, drawn=True)
        idinject.save_animation("unmarked.apng", pictures, 40, mark=False)
        with open("faces.apng", "rb") as one, open("drawn.apng", "rb") as two, open("unmarked.apng", "rb") as three:
            marks = [words in of for of in (one.read(), two.read(), three.read())
                     for words in (b"trainedAlgorithmicMedia", b"algorithmicMedia")]
        self.assertEqual(marks, [True, False, False, True, False, False])
        self.refused(idinject.Status.SHAPE, "frame 1", idinject.save_animation, "no.apng",
                     [pictures[0], pictures[1][:32]])
        self.refused(idinject.Status.ARG, "0 frames", idinject.save_animation, "no.apng", [])
        self.refused(idinject.Status.ARG, "0 milliseconds", idinject.save_animation, "no.apng", pictures, 0)
        self.assertFalse(os.path.exists("no.apng"))

    def test_classes(self):
        names = [idinject.class_name(i) for i in range(19)]
        self.assertEqual((names[0], names[13]), ("background", "hair"))
        self.assertEqual([idinject.class_index(name) for name in names], list(range(19)))
        self.assertEqual(idinject.class_colour("background"), (0, 0, 0))
        self.assertEqual(len({idinject.class_colour(i) for i in range(19)}), 19)
        self.refused(idinject.Status.ARG, "0 to 18", idinject.class_name, 19)
        self.refused(idinject.Status.ARG, "0 to 18", idinject.class_colour, 19)

    def test_file_options(self):
        make = lambda out, **named: idinject.generate_file(  # noqa: E731
            "generator.safetensors", "where.png", "how.png", out, identity="who.png",
            recogniser="recogniser.safetensors", **named)
        make("usual.npy")
        make("plain.npy", plain=True, precision="f32")
        usual, plain = np.load("usual.npy"), np.load("plain.npy")
        np.testing.assert_allclose(usual, plain, atol=1e-4)
        self.assertTrue((usual != plain).any())
        np.testing.assert_allclose(usual[0].transpose(1, 2, 0), (self.face / 127.5) - 1, atol=0.01)
        self.refused(idinject.Status.UNSUPPORTED, "noise", make, "no.npy", noise_seed=3)
        self.refused(idinject.Status.UNSUPPORTED, "f64", make, "no.npy", precision="f64")
        np.save("mean.npy", np.zeros((3, 2), np.float32))
        self.refused(idinject.Status.SHAPE, "[3, 2]", make, "no.npy", mean_style="mean.npy")

    def test_attack(self):
        found = self.generator.attack(self.labels, self.style, "how.png", "who.png", steps=2)
        self.assertEqual((found.image.shape, found.reference.dtype), ((SIDE, SIDE, 3), np.uint8))
        self.assertGreaterEqual(found.ssim, 0.9)
        self.assertGreaterEqual(found.cosines[0][1], found.cosines[0][0] - 1e-3)
        np.testing.assert_array_equal(found.style.array, self.style.array)
        made = self.generator.generate(self.labels, found.style, found.identity)
        np.testing.assert_allclose(made.astype(int), found.image, atol=1)
        free = self.generator.attack(self.labels, self.style, "how.png", "who.png", [self.generator.recogniser],
                                     steps=2, styles=True)
        self.assertEqual(len(free.cosines), 1)
        heard = []
        self.refused(idinject.Status.CANCELLED, "", self.generator.attack, self.labels, self.style, "how.png",
                     "who.png", steps=9, progress=lambda what, done, total: heard.append((done, total)) or done < 2)
        self.assertEqual(heard[-1], (2, 9))
        self.refused(idinject.Status.SHAPE, "want one", self.generator.attack, np.stack([self.labels] * 2), self.style,
                     "how.png", "who.png")

    def test_label_types(self):
        np.testing.assert_array_equal(self.generator.generate(self.labels.astype(np.int64), self.style, self.who),
                                      self.face)
        self.refused(idinject.Status.ARG, "want uint8", self.generator.generate, self.labels / 2, self.style, self.who)
        self.refused(idinject.Status.LABELS, "0 to 255", self.generator.generate, self.labels - np.int64(1000),
                     self.style, self.who)
        self.refused(idinject.Status.LABELS, "99", self.generator.generate, np.full_like(self.labels, 99), self.style,
                     self.who)
        self.refused(idinject.Status.SHAPE, "[1, 64, 64]", self.generator.generate, self.labels[:32], self.style,
                     self.who)


class Values(World):
    def test_identities(self):
        copy = idinject.Identity.from_array(self.who.array, self.who.fingerprint)
        self.assertAlmostEqual(copy.similarity(self.who), 1.0, 6)
        self.assertAlmostEqual(float(np.linalg.norm(np.asarray(self.who))), 1.0, 6)
        other = self.generator.recogniser.embed("how.png")
        middle = other.slerp(self.who, 0.5)
        self.assertAlmostEqual(middle.similarity(other), middle.similarity(self.who), 5)
        self.assertEqual(self.who.fingerprint, self.generator.recogniser.info.fingerprint)
        stranger = idinject.Identity.from_array(self.who.array, "another")
        self.refused(idinject.Status.ENCODER, "another", stranger.similarity, self.who)
        self.refused(idinject.Status.ARG, "zero", idinject.Identity.from_array, np.zeros(4))
        self.refused(idinject.Status.ARG, "generator", self.generator.embed, "who.png")

    def test_styles(self):
        copy = idinject.Style.from_array(self.style.array)
        np.testing.assert_array_equal(self.generator.generate(self.labels, copy, self.who), self.face)
        self.assertEqual(self.style.array.shape, (19, self.generator.info.style_width))

    def test_edited_styles(self):
        rgb, labels, _ = idinject.draw_portrait(2, 0, SIDE)
        other = self.generator.encode_style(rgb, labels)
        np.testing.assert_array_equal(self.style.mix(other, 0).array, self.style.array)
        np.testing.assert_array_equal(self.style.mix(other, 1).array, other.array)
        hair = idinject.class_index("hair")
        mixed = self.style.mix(other, {"hair": 1, 1: 0.5}).array
        wanted = self.style.array
        wanted[hair] = other.array[hair]
        wanted[1] = (wanted[1] + other.array[1]) / 2
        np.testing.assert_allclose(mixed, wanted, atol=1e-6)
        np.testing.assert_array_equal(mixed[hair], other.array[hair])
        table = np.zeros((2, 19), int)
        table[1] = 1
        styles = idinject.Style.table([self.style, other], table)
        np.testing.assert_array_equal(styles[0].array, self.style.array)
        np.testing.assert_array_equal(styles[1].array, other.array)
        np.testing.assert_allclose(idinject.Style.average([self.style, other]).array,
                                   (self.style.array + other.array) / 2, atol=1e-6)
        np.testing.assert_array_equal(self.style.complete(other).array, self.style.array)
        noise = [self.generator.style_of_noise(seed, self.labels).array for seed in (1, 1, 2)]
        np.testing.assert_array_equal(noise[0], noise[1])
        self.assertTrue((noise[0] != noise[2]).any())
        self.refused(idinject.Status.ARG, "hare", self.style.mix, other, {"hare": 1})
        self.refused(idinject.Status.SHAPE, "3 classes", self.style.mix, other, [1, 2, 3])
        self.refused(idinject.Status.ARG, "style 2", idinject.Style.table, [self.style, other], table + 1)

    def test_edited_identities(self):
        mix, average = idinject.Identity.mix, idinject.Identity.average
        other = self.generator.recogniser.embed("how.png")
        np.testing.assert_array_equal(mix([self.who]).array, self.who.array)
        np.testing.assert_array_equal(mix([self.who, other], [3, 1]).array, self.who.slerp(other, 0.25).array)
        axes = [idinject.Identity.from_array(row) for row in np.eye(4)[[0, 0, 3, 0]]]
        found = average(axes, 0.5)
        self.assertEqual(found.kept, [True, True, False, True])
        np.testing.assert_allclose(found.identity.array, axes[0].array, atol=1e-6)
        np.testing.assert_allclose(found.similarity, [1, 1, 0, 1], atol=1e-6)
        self.refused(idinject.Status.ARG, "none of 2", average, axes[1:3], 0.5)
        self.refused(idinject.Status.SHAPE, "1 weights", mix, [self.who, other], [1])

    def test_edited_labels(self):
        _, other, _ = idinject.draw_portrait(2, 0, SIDE)
        np.testing.assert_array_equal(idinject.take_labels(self.labels, other, range(19)), other)
        np.testing.assert_array_equal(idinject.take_labels(self.labels, other, []), self.labels)
        nose = idinject.take_labels(self.labels, other, ["nose"])
        np.testing.assert_array_equal(nose == 2, other == 2)
        self.refused(idinject.Status.SHAPE, "one size", idinject.take_labels, self.labels, other[:32], ["nose"])
        maps, others, amounts = self.maps, np.stack([other, other]), np.zeros((2, 19))
        amounts[1] = 1
        styles, people = [self.style] * 2, [self.who] * 2
        mixed = self.generator.session(2, label_mix=True)
        usual = self.generator.session(2)
        both = mixed.generate(maps, styles, people, other_labels=others, label_amounts=amounts)
        np.testing.assert_array_equal(both[0], usual.generate(maps, styles, people)[0])
        np.testing.assert_array_equal(both[1], usual.generate(others, styles, people)[1])
        self.refused(idinject.Status.ARG, "needed", mixed.generate, maps, styles, people)
        self.refused(idinject.Status.SHAPE, "label_amounts", mixed.generate, maps, styles, people,
                     other_labels=others, label_amounts=amounts[0])
        off = self.generator.session(1, identity=False).generate(self.labels, [self.style])
        self.assertTrue((off[0] != self.face).any())

    def test_models(self):
        self.assertTrue(self.generator.info.is_generator)
        self.refused(idinject.Status.IO, "missing", idinject.Model.load, "missing.safetensors")
        self.refused(idinject.Status.DEVICE, "toaster", idinject.Context, "toaster")
        self.assertTrue(idinject.devices()[0].is_usable)
        idinject.write_random_model("again.safetensors", "mobilefacenet", seed=2, config="recogniser.json")
        self.assertEqual(idinject.Model.load("again.safetensors", "cpu").info.fingerprint, self.who.fingerprint)


class Sessions(World):
    def test_into_the_callers_memory(self):
        session = self.generator.session(2)
        arguments = self.maps, [self.style] * 2, [self.who] * 2
        wanted = session.generate(*arguments, dtype=np.float32)
        for wrap in (lambda a: a, Opaque):
            for dtype in (np.uint8, np.float32):
                room = np.zeros((2, SIDE, SIDE, 3), dtype)
                session.generate(wrap(self.maps), *arguments[1:], out=wrap(room))
                np.testing.assert_array_equal(room, session.generate(*arguments, dtype=dtype))
            room = np.zeros((2, SIDE, SIDE, 3), np.float32)
            session.enqueue(wrap(self.maps), *arguments[1:], out=wrap(room))
            np.testing.assert_array_equal(room, wanted)
        # Labels with gaps are copied; room with gaps is refused.
        gaps = np.repeat(self.maps, 2, axis=2)[:, :, ::2]
        np.testing.assert_array_equal(session.generate(Opaque(gaps), *arguments[1:], dtype=np.float32), wanted)
        wide = np.zeros((2, SIDE, SIDE, 4), np.float32)[..., :3]
        self.refused(idinject.Status.SHAPE, "gaps", session.generate, *arguments, out=wide)
        self.refused(idinject.Status.SHAPE, "gaps", session.enqueue, gaps, *arguments[1:], out=room)
        self.refused(idinject.Status.SHAPE, "float64", session.enqueue, *arguments, out=room.astype(np.float64))
        room.flags.writeable = False
        self.refused(idinject.Status.ARG, "read-only", session.generate, *arguments, out=room)
        self.refused(idinject.Status.SHAPE, "1 of style", session.generate, self.maps, [self.style], [self.who] * 2)

    def test_memory_of_a_device(self):
        session = self.generator.session(2)
        styles, people = [self.style] * 2, [self.who] * 2
        wanted = session.generate(self.maps, styles, people, dtype=np.float32)
        for wrap in (OnDevice, Interface):
            maps, out = wrap(self.maps), wrap(np.zeros_like(wanted))
            session.enqueue(maps, styles, people, out=out, stream=77)
            np.testing.assert_array_equal(out.array, wanted)
            self.refused(idinject.Status.DEVICE, "enqueue", session.generate, maps, styles, people)
            self.refused(idinject.Status.DEVICE, "enqueue", session.generate, self.maps, styles, people, out=out)
            wide = wrap(np.zeros((2, SIDE, SIDE, 4), np.float32)[..., :3])
            self.refused(idinject.Status.SHAPE, "gaps", session.enqueue, maps, styles, people, out=wide)
        maps, out = OnDevice(self.maps), OnDevice(np.zeros_like(wanted))
        session.enqueue(maps, styles, people, out=out, stream=77)
        self.assertEqual((maps.stream, out.stream), (77, 77))
        session.enqueue(maps, styles, people, out=out)
        self.assertEqual((maps.stream, out.stream), (1, 1))  # DLPack's number of the legacy default stream

    def test_a_bad_image_fails_alone(self):
        session = self.generator.session(2)
        out = np.zeros((2, SIDE, SIDE, 3), np.uint8)
        bad = self.maps.copy()
        bad[0, 5, 7] = 99
        with self.assertRaises(idinject.Error) as caught:
            session.generate(bad, [self.style] * 2, [self.who] * 2, out=out)
        self.assertEqual(caught.exception.samples, (idinject.Status.LABELS, idinject.Status.OK))
        np.testing.assert_array_equal(out[0], 0)
        np.testing.assert_allclose(out[1].astype(int), self.face, atol=1)
        self.refused(idinject.Status.SHAPE, "3 for 2", self.generator.generate, self.maps, ["how.png"] * 3, self.who)

    def test_stopping_a_run(self):
        session, asked = self.generator.session(), []
        arguments = self.labels, [self.style], [self.who]
        self.refused(idinject.Status.CANCELLED, "", session.generate, *arguments,
                     should_stop=lambda: asked.append(1) or len(asked) == 3)
        self.assertEqual(len(asked), 3)
        np.testing.assert_array_equal(session.generate(*arguments, should_stop=lambda: False)[0], self.face)

        def fails():
            raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            session.generate(*arguments, should_stop=fails)
        np.testing.assert_array_equal(session.generate(*arguments)[0], self.face)

    def test_noise_of_sean(self):
        with open("sean.json", "w") as config:
            config.write('{"size": 64, "width": 2, "spade_hidden": 5, "style_dim": 6}')
        idinject.write_random_model("sean.safetensors", "sean", seed=5, config="sean.json")
        sean = idinject.Model.load("sean.safetensors", "cpu")
        style = sean.encode_style("how.png", self.labels)
        self.assertEqual(style.array.shape, (19, 6))
        noisy, maps, styles = sean.session(2, noise=True), self.maps, [style] * 2
        both = noisy.generate(maps, styles, noise_seeds=[7, 8], dtype=np.float32)
        turned = noisy.generate(maps, styles, noise_seeds=[8, 7], dtype=np.float32)
        np.testing.assert_allclose(both, turned[::-1], atol=1e-5)  # rows of products round by their place
        self.assertTrue((both[0] != both[1]).any())
        none = sean.session(2).generate(maps, styles, dtype=np.float32)
        self.assertTrue((none[0] != both[0]).any())
        self.assertGreater(sean.plan(2, noise=True)["activation_bytes"], sean.plan(2)["activation_bytes"])
        self.refused(idinject.Status.ARG, "noise_seeds are needed", noisy.generate, maps, styles)
        self.refused(idinject.Status.SHAPE, "1 of noise_seeds", noisy.generate, maps, styles, noise_seeds=[1])
        codes = style.array
        codes[3] = 0
        completed = idinject.Style.from_array(codes).complete(idinject.Style.from_array(np.ones((19, 6))))
        codes[(codes == 0).all(axis=1)] = 1
        np.testing.assert_array_equal(completed.array, codes)

    def test_spade_takes_no_style(self):
        with open("spade.json", "w") as config:
            config.write('{"size": 64, "width": 2, "spade_hidden": 5}')
        idinject.write_random_model("spade.safetensors", "spade", seed=5, config="spade.json")
        spade = idinject.Model.load("spade.safetensors", "cpu")
        image = spade.generate(self.labels)
        np.testing.assert_array_equal(spade.session().generate(self.labels)[0], image)
        idinject.generate_file("spade.safetensors", "where.png", None, "spade.png")
        np.testing.assert_array_equal(idinject.load_image("spade.png"), image)
        self.assertTrue((spade.generate(np.zeros_like(self.labels)) != image).any())
        self.refused(idinject.Status.UNSUPPORTED, "attends to nothing", spade.explain, self.labels, self.style)
        self.refused(idinject.Status.UNSUPPORTED, "mask codes", spade.session, label_mix=True)
        self.refused(idinject.Status.ARG, "styles", self.generator.generate, self.labels)

    def test_product_rate(self):
        context = idinject.Context("cpu")
        self.assertTrue(1e5 < context.product_rate(64) < 1e15)
        with self.assertRaises(idinject.Error) as caught:
            context.product_rate(8)
        self.assertEqual(caught.exception.status, idinject.Status.ARG)

    def test_plan_and_memory(self):
        context = idinject.Context("cpu")
        model = idinject.Model.load("generator.safetensors", context=context)
        plan = model.plan(2)
        session = model.session(2)
        self.assertEqual(context.memory()["activation_bytes"], plan["activation_bytes"])
        # A session keeps what it needs, and nothing is left behind.
        del model
        gc.collect()
        session.generate(self.maps, [self.style] * 2, [self.who] * 2)
        del session
        gc.collect()
        self.assertEqual(context.memory()["weight_bytes"], 0)
        small = idinject.Context("cpu", memory_limit=100000)
        self.refused(idinject.Status.NOMEM, "limit", idinject.Model.load, "generator.safetensors", context=small)

    def test_kept_sessions_go_with_their_model(self):
        context = idinject.Context("cpu")
        model = idinject.Model.load("generator.safetensors", context=context)
        for batch in (1, 2, 3):
            model.generate(np.stack([self.labels] * batch), self.style, self.who)
        del model
        gc.collect()
        self.assertEqual(context.memory()["weight_bytes"] + context.memory()["activation_bytes"], 0)

    def test_the_gil_is_released(self):
        # With a switch interval of an hour another thread runs only where the GIL is given away.
        session = self.generator.session(8)
        maps, began, is_done, ran = np.stack([self.labels] * 8), threading.Event(), [], []

        def other():
            began.set()
            while not is_done:
                ran.append(not is_done)
                time.sleep(0.001)

        before = sys.getswitchinterval()
        sys.setswitchinterval(3600)
        try:
            thread = threading.Thread(target=other)
            thread.start()
            began.wait()
            count = len(ran)
            session.generate(maps, [self.style] * 8, [self.who] * 8)
            during = len(ran) - count
            is_done.append(True)
            thread.join()
        finally:
            sys.setswitchinterval(before)
        self.assertGreater(during, 2)

    def test_many_threads(self):
        results = [None] * 4

        def work(i):
            results[i] = self.generator.generate(self.labels, self.style, self.who)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for result in results:
            np.testing.assert_array_equal(result, self.face)

    def test_log(self):
        with self.assertLogs("idinject", logging.INFO):
            idinject.Context("auto")


@unittest.skipIf(torch is None, "PyTorch is not installed")
class Torch(World):
    def test_tensors_in_place(self):
        session = self.generator.session(2)
        maps = torch.from_numpy(self.maps.copy())
        out = torch.zeros(2, SIDE, SIDE, 3)
        address = out.data_ptr()
        returned = session.generate(maps, [self.style] * 2, [self.who] * 2, out=out)
        self.assertIs(returned, out)
        self.assertEqual(out.data_ptr(), address)
        wanted = session.generate(self.maps, [self.style] * 2, [self.who] * 2, dtype="float32")
        np.testing.assert_array_equal(out.numpy(), wanted)
        out.zero_()
        session.enqueue(maps, [self.style] * 2, [self.who] * 2, out=out)
        np.testing.assert_array_equal(out.numpy(), wanted)
        np.testing.assert_array_equal(self.generator.generate(maps[0].long(), self.style, self.who), self.face)
        np.testing.assert_array_equal(torch.from_dlpack(self.face).numpy(), self.face)
        self.refused(idinject.Status.SHAPE, "gaps", session.generate, maps, [self.style] * 2, [self.who] * 2,
                     out=torch.zeros(2, 3, SIDE, SIDE).permute(0, 2, 3, 1))


if __name__ == "__main__":
    unittest.main()
