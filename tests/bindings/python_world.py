# SPDX-License-Identifier: Apache-2.0
"""Tiny models and people in the folder that tests/bindings/python.sh makes, for the tests there."""

import unittest

import numpy as np

import idinject

SIDE = 64


class World(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.generator = idinject.Model.load("generator.safetensors", "cpu", recogniser="recogniser.safetensors")
        cls.labels = idinject.load_labels("where.png")
        cls.style = cls.generator.encode_style("how.png", "where.png")
        cls.who = cls.generator.recogniser.embed("who.png")
        cls.face = cls.generator.generate(cls.labels, cls.style, cls.who)
        cls.maps = np.stack([cls.labels, cls.labels])

    def refused(self, status, words, call, *arguments, **named):
        with self.assertRaises(idinject.Error) as caught:
            call(*arguments, **named)
        self.assertEqual(caught.exception.status, status)
        self.assertIn(words, str(caught.exception))
