#!/usr/bin/env python3
"""Makes Daisyworld explorable: reads the point, runs the program as it is, writes the result."""
import json
import pathlib
import subprocess

point = json.load(open("point.json"))["parameters"]
program = pathlib.Path(__file__).parent / "daisyworld"
answer = f"{point['luminosity']} {point['death_rate']}\n"
run = subprocess.run([program], input=answer, capture_output=True, text=True, check=True)  # a failure is not a verdict
print(run.stdout)  # goes to model.log
words = run.stdout.split()
steps, temperature, white, black = int(words[1]), *map(float, (words[3], words[-2], words[-1]))
alive = white > 0.02 or black > 0.02
json.dump({
    "verdict": "stable" if alive else "unstable",
    "message": "daisies keep the planet temperate" if alive else "nothing grows",
    "iterations": steps,
    "outputs": {"temperature": temperature, "white": white, "black": black},
}, open("result.json", "w"), allow_nan=False)
