#!/usr/bin/env python3
"""Makes Photochem's climate model, Clima, explorable: reads the point, finds its equilibrium, writes the result."""
import json
import os
import sys

try:
    import numpy as np
    from photochem.clima import AdiabatClimate, ClimaException
    from photochem.utils import settings_file_for_climate, species_file_for_climate, stars
except ImportError as error:
    sys.exit(f"{error} ({sys.executable}): install Photochem as config/examples/clima/README.md says")

point = json.load(open("point.json"))["parameters"]
species_file_for_climate("species.yaml", species=["H2O", "CO2", "N2"], condensates=["H2O", "CO2"])
settings_file_for_climate(
    "settings.yaml", planet_mass=5.972e27, planet_radius=6.371e8, surface_albedo=0.2,
    photon_scale_factor=point["insolation"])
stars.solar_spectrum(outputfile="sun.txt")
model = AdiabatClimate("species.yaml", "settings.yaml", "sun.txt")
model.T_trop, model.RH = 215.0, np.full(len(model.species_names), 0.5)
bars = {"H2O": 270.0, "CO2": point["CO2"], "N2": 1.0}  # an ocean, and the gases above it
pressures = np.array([bars[name] for name in model.species_names]) * 1e6  # dyn/cm2

warm = os.path.exists("parent/climate.json")
try:
    if warm:
        parent = json.load(open("parent/climate.json"))
        guess = parent["surface"], np.array(parent["layers"]), np.array(parent["convecting"], dtype=bool)
    else:
        model.surface_temperature(pressures, T_guess=280.0)
        guess = model.T_surf, model.T, model.convecting_with_below
    is_settled = bool(model.RCE(pressures, *guess))
    message = "in radiative-convective equilibrium" if is_settled else "no radiative-convective equilibrium was found"
except ClimaException as error:
    is_settled, message = False, f"Clima: {error}"
print("warm" if warm else "cold", "start:", message)

if is_settled:
    json.dump({"surface": float(model.T_surf), "layers": model.T.tolist(),
               "convecting": model.convecting_with_below.tolist()}, open("climate.json", "w"))
json.dump({
    "verdict": "stable" if is_settled else "unstable",
    "message": message,
    "outputs": {"surface_temperature": float(model.T_surf) if is_settled else None,
                "surface_pressure": float(model.P_surf) / 1e6 if is_settled else None},
}, open("result.json", "w"), allow_nan=False)
