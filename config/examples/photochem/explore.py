#!/usr/bin/env python3
"""Makes Photochem explorable: reads the point, runs the chemistry to its steady state, writes the result."""
import json
import os
import sys

try:
    import numpy as np
    from photochem import EvoAtmosphere
    from photochem.utils import stars, zahnle_rx_and_thermo_files
except ImportError as error:
    sys.exit(f"{error} ({sys.executable}): install Photochem as config/examples/photochem/README.md says")

settings, profile = (os.path.join(os.environ.get("PHOTOCHEM_CASE", ""), name) for name in
                     ("settings.yaml", "modern_earth_profile.txt"))
for file in (settings, profile):
    if not os.path.exists(file):
        sys.exit(f"{file} does not exist: set PHOTOCHEM_CASE as config/examples/photochem/README.md says")

point = json.load(open("point.json"))["parameters"]
zahnle_rx_and_thermo_files(
    atoms_names=["H", "He", "N", "O", "C", "S"], rxns_filename="reactions.yaml", thermo_filename=None,
    remove_reaction_particles=True)
stars.solar_spectrum(outputfile="sun.txt")
altitude, pressure, temperature, mixing = np.loadtxt(profile).T  # km, bar, K, cm2/s
pressure = pressure * 1e6  # dyn/cm2
tropopause = 10 ** np.interp(11, altitude, np.log10(pressure))

warm = ["parent/atmosphere.txt"] if os.path.exists("parent/atmosphere.txt") else []
model = EvoAtmosphere("reactions.yaml", settings, "sun.txt", *warm)
model.var.verbose, model.var.atol = 0, 1e-23
model.set_lower_bc("CO2", "press", press=point["CO2"] * 1.013e6)
model.set_lower_bc("CH4", "flux", flux=10 ** point["methane_flux"])
if warm:  # the file has the composition, but not that temperature and mixing follow the pressure
    model.set_press_temp_edd_profile(pressure, temperature, mixing, trop_p=tropopause, target_pressure=pressure[-1])
else:
    model.initialize_atmosphere_p(
        pressure, temperature, mixing, particle_radius={"H2Oaer": np.full(pressure.size, 1e-3)}, persistent=True,
        tropopause_pressure=tropopause, target_pressure=pressure[-1])
is_steady = bool(model.find_steady_state())
print("warm" if warm else "cold", "start:", model.wrk.nsteps_total, "steps, steady:", is_steady)

model.out2atmosphere_txt("atmosphere.txt", overwrite=True)
gases = model.mole_fraction_dict()
json.dump({
    "verdict": "stable" if is_steady else "unstable",
    "message": "the chemistry is steady" if is_steady else "Photochem gave up before a steady state",
    "iterations": int(model.wrk.nsteps_total),
    "outputs": {
        "methane": float(gases["CH4"][0]), "carbon_monoxide": float(gases["CO"][0]),
        "ozone_column": float(np.sum(gases["O3"] * gases["density"] * model.var.dz) / 2.687e16),
    },
}, open("result.json", "w"), allow_nan=False)
