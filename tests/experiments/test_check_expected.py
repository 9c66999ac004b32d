# SPDX-License-Identifier: MIT
"""check_expected.py finds what violates an expectation, nothing else, and refuses files that would check nothing."""
import copy
import io
import json
import tempfile
import tomllib
import unittest
from pathlib import Path
from unittest import mock

import check_expected
import run_experiment

FIXTURES = Path(__file__).parent / "fixtures"
SUMMARY = json.loads((FIXTURES / "summary.json").read_text(encoding="utf-8"))


def check(text, summary=SUMMARY, variant="quick"):
    return check_expected.check(tomllib.loads(text), summary, variant)


class Fixtures(unittest.TestCase):
    def run_fixture(self, name, variant="quick"):
        output, log = io.StringIO(), io.StringIO()
        code = check_expected.check_files(FIXTURES / name, FIXTURES / "summary.json", variant, output=output, log=log)
        return code, output.getvalue().splitlines(), log.getvalue()

    def test_passing(self):
        for variant, count in (("quick", 7), ("full", 1)):
            code, lines, log = self.run_fixture("passing.toml", variant)
            self.assertEqual((0, []), (code, lines))
            self.assertIn(f"{count} expectations of the {variant} variant, 0 violations", log)

    def test_failing(self):
        code, lines, log = self.run_fixture("failing.toml")
        self.assertEqual(1, code)
        self.assertIn("9 expectations of the quick variant, 11 violations", log)
        found = [line.split(": ", 1)[1] for line in lines]
        self.assertEqual([
            "run: train_seconds = 9.25, at most 5 is expected",
            "32x32: ess = 0.997, at least 0.999 is expected",
            "32x32: log_z = 197.543 +- 0.001, 8.49 combined errors from the reference 197.555 +- 0.001 (3 are allowed)",
            "size = [64, 64]: no result for ess",
            "8x8: forward_ess = null is no number",
            "32x32: susceptibility = 1.099 +- 0.004, 1.72 combined errors from mc_susceptibility 1.1061 +- 0.001 "
            "(1 are allowed)",
            "any row: var_log_weight_per_site varies by a factor 1.2 between 2.5e-06 and 3e-06, at most 1.1 is expected",
            "8x8: eubo = 12.3591, at most log_z = 12.359 is expected",
            "32x32: eubo = 197.5444, at most log_z = 197.543 is expected",
            "8x8: xi_second_moment is missing",
            "32x32: xi_second_moment is missing",
        ], found)

    def test_files_that_cannot_be_used(self):
        code, lines, log = self.run_fixture("missing.toml")
        self.assertEqual((64, []), (code, lines))
        self.assertIn("cannot read", log)
        code, _, log = self.run_fixture("summary.json")
        self.assertEqual(64, code)
        self.assertIn("no TOML", log)
        code, _, log = self.run_fixture("failing.toml", "full")
        self.assertEqual(64, code)
        self.assertIn("no [[full]] entries (this run would be checked against nothing); add some", log)


class Entries(unittest.TestCase):
    def refused(self, text, part):
        with self.assertRaises(check_expected.FormatError) as caught:
            check(text)
        self.assertIn(part, str(caught.exception))

    def test_refused(self):
        self.refused('[[quick]]\nkey = "ess"\natleast = 0.9\n', "[[quick]] entry 1: unknown field 'atleast'")
        self.refused('[[quick]]\nkey = "ess"\n', "no bound for ess (the entry checks nothing)")
        self.refused("[[quick]]\nat_least = 0.9\n", "key is missing")
        self.refused('[[quick]]\nkey = "ess"\nat_least = "0.9"\n', "it must be a finite number")
        self.refused('[[quick]]\nkey = "ess"\nat_least = nan\n', "it must be a finite number")
        self.refused('[[quick]]\nkey = "ess"\nat_least = true\n', "it must be a finite number")
        self.refused('[[quick]]\nkey = "log_z"\nreference = 12\n', "reference without reference_error")
        self.refused('[[quick]]\nkey = "ess"\nat_least = 0.9\nsigmas = 3\n', "sigmas has no effect")
        self.refused('[[quick]]\nkey = "ess"\nat_least = 0.9\nreference_error = 3\n', "reference_error has no effect")
        self.refused('[[quick]]\nkey = "log_z"\nreference = 12\nreference_error = -1\n', "must not be negative")
        self.refused('[[quick]]\nkey = "ess"\nat_least = 0.9\nof = "rows"\n', 'of = "rows"')
        self.refused('[[quick]]\nkey = "ess"\nat_least = 0.9\nwhere = 8\n', "where = 8")
        self.refused('[[quick]]\nkey = "seconds"\nat_most = 9\nof = "run"\nwhere = { size = [8] }\n', "where has no effect")
        self.refused('[[fast]]\nkey = "ess"\nat_least = 0.9\n', "unknown variant 'fast'")
        self.refused('[quick]\nkey = "ess"\nat_least = 0.9\n', "write [[quick]]")
        # Entries of the other variant are checked too.
        self.refused('[[quick]]\nkey = "ess"\nat_least = 0.9\n[[full]]\nkey = "ess"\n', "[[full]] entry 1: no bound")

    def test_a_stopped_run_is_a_violation(self):
        summary = copy.deepcopy(SUMMARY)
        summary["status"] = "stopped"
        self.assertEqual(['status = "stopped", "complete" is expected'],
                         check('[[quick]]\nkey = "ess"\nat_least = 0.9\n', summary))

    def test_exact_references(self):
        exact = '[[quick]]\nwhere = { size = [8, 8] }\nkey = "log_z"\nreference = %s\nreference_error = 0\n'
        self.assertEqual([], check(exact % "12.3582"))
        self.assertEqual(1, len(check(exact % "12.3580")))

    def test_distances(self):
        text = '[[quick]]\nwhere = { size = [32, 32] }\nkey = "forward_ess"\nreference_key = "ess"\nwithin = %s\n'
        self.assertEqual([], check(text % "0.03"))
        row = copy.deepcopy(SUMMARY)
        row["results"][1]["forward_ess"] = 0.5
        self.assertEqual(["32x32: forward_ess = 0.5, 0.497 from ess 0.997 (0.03 is allowed)"], check(text % "0.03", row))
        self.assertEqual([], check('[[quick]]\nkey = "log_z"\nreference = 100\nwithin = 100\n'))
        self.refused('[[quick]]\nkey = "log_z"\nreference = 12\nwithin = 1\nsigmas = 3\n', "sigmas has no effect beside")

    def test_further_files_have_their_own_entries(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for file in ("config.toml", "fno.toml", "unet.toml"):
                (folder / file).write_text("")
            (folder / "expected.toml").write_text(
                '[[quick]]\nkey = "ess"\nat_least = 0.9\n'
                '[[quick]]\nconfig = "fno"\nkey = "ess"\nat_least = 0.999\n'
                '[[quick]]\nconfig = ["fno", "config"]\nkey = "elbo"\nat_least = 1000\n')
            self.assertEqual(["config", "fno", "unet"], check_expected.configs(folder))

            def run(*arguments):
                output, log = io.StringIO(), io.StringIO()
                code = check_expected.check_files(folder / "expected.toml", FIXTURES / "summary.json", *arguments,
                                                  output=output, log=log)
                return code, output.getvalue(), log.getvalue()

            code, lines, log = run("quick", "fno")
            self.assertEqual(1, code)
            self.assertIn("32x32: ess = 0.997, at least 0.999 is expected", lines)
            self.assertIn("at least 1000 is expected", lines)
            self.assertIn("2 expectations of the fno quick variant", log)
            code, lines, log = run("quick")
            self.assertEqual(1, code)
            self.assertNotIn("ess", lines)
            self.assertIn("2 expectations of the quick variant", log)
            code, _, log = run("quick", "unet")
            self.assertEqual(64, code)
            self.assertIn('no [[quick]] entries with config = "unet" (this run would be checked against nothing)', log)
            code, _, log = run("quick", "mlp")
            self.assertEqual(64, code)
            self.assertIn("unknown experiment file 'mlp' (they are config, fno, unet); correct it", log)

    def test_entries_about_files_that_are_not_there_are_refused(self):
        self.refused('[[quick]]\nconfig = "fno"\nkey = "ess"\nat_least = 0.9\n',
                     '[[quick]] entry 1: config = "fno" (the experiment files are config)')
        self.refused('[[quick]]\nconfig = []\nkey = "ess"\nat_least = 0.9\n', "config = [] (the entry checks nothing)")

    def test_order_of_two_keys_up_to_errors(self):
        text = '[[quick]]\nkey = "susceptibility"\nat_least_key = "mc_susceptibility"\n%s'
        self.assertEqual(1, len(check(text % "")))
        self.assertEqual([], check(text % "sigmas = 3\n"))

    def test_the_value_of_the_error_must_be_there(self):
        self.assertEqual(["8x8: elbo_error is missing"], check(
            '[[quick]]\nwhere = { size = [8, 8] }\nkey = "elbo"\nreference = 12.3588\nreference_error = 0.1\n'))

    def test_nothing_reported(self):
        self.assertEqual(["any row: no result for ess"],
                         check('[[quick]]\nkey = "ess"\nat_least = 0.9\n', {"status": "complete", "results": []}))
        with self.assertRaises(check_expected.FormatError):
            check('[[quick]]\nkey = "ess"\nat_least = 0.9\n', {"status": "complete"})


class RunExperiment(unittest.TestCase):
    def test_only_runs_are_removed(self):
        with tempfile.TemporaryDirectory() as name:
            other, run = Path(name) / "other", Path(name) / "run"
            other.mkdir()
            (other / "thesis.tex").write_text("years of work")
            with self.assertRaises(SystemExit):
                run_experiment.remove_run(other)
            self.assertTrue((other / "thesis.tex").exists())
            (run / "checkpoints").mkdir(parents=True)
            (run / "config.toml").write_text("")
            run_experiment.remove_run(run)
            self.assertFalse(run.exists())
            run_experiment.remove_run(run)

    def test_an_experiment_without_expectations_is_refused(self):
        with tempfile.TemporaryDirectory() as name, mock.patch("sys.stderr", io.StringIO()) as log:
            self.assertEqual(64, run_experiment.main([name, "--floe", "floe", "--run-dir", name + "/run"]))
            self.assertIn("expected.toml' is missing", log.getvalue())

    def test_the_exit_code_of_the_command_is_kept(self):
        with tempfile.TemporaryDirectory() as name, mock.patch("sys.stderr", io.StringIO()) as log:
            (Path(name) / "expected.toml").write_text("")
            self.assertEqual(1, run_experiment.main([name, "--floe", "false", "--run-dir", name + "/run"]))
            self.assertIn("ended with exit code 1", log.getvalue())

    def test_a_file_that_is_not_there_is_refused(self):
        with tempfile.TemporaryDirectory() as name, mock.patch("sys.stderr", io.StringIO()) as log:
            (Path(name) / "expected.toml").write_text("")
            self.assertEqual(64, run_experiment.main([name, "--floe", "false", "--run-dir", name + "/run",
                                                      "--config", "fno"]))
            self.assertIn("unknown experiment file 'fno'", log.getvalue())


if __name__ == "__main__":
    unittest.main()
