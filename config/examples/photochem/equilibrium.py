#!/usr/bin/env python3
"""Makes Photochem and Clima explorable: reads the point, runs both, writes the result."""
import json
import os
import sys

try:
    from photochem import Atmosphere, zahnle_earth
    from photochem.clima import AdiabatClimate
except ImportError as error:
    sys.exit(f"{error}: install Photochem with 'conda install -c conda-forge photochem' for {sys.executable}")
template = os.environ.get("PHOTOCHEM_TEMPLATE") or sys.exit("PHOTOCHEM_TEMPLATE does not name a template's folder")

point = json.load(open("point.json"))["parameters"]
warm = os.path.exists("parent/atmosphere.txt")  # the atmosphere that the neighbour ended with
chemistry = Atmosphere(
    zahnle_earth, f"{template}/settings_ModernEarth.yaml", f"{template}/Sun_now.txt",
    "parent/atmosphere.txt" if warm else f"{template}/atmosphere_ModernEarth.txt")
for gas, mixing_ratio in point.items():
    chemistry.set_lower_bc(gas, bc_type="mix", mix=mixing_ratio)
settled = chemistry.photochemical_equilibrium()
chemistry.out2atmosphere_txt("atmosphere.txt", overwrite=True)
gases = chemistry.mole_fraction_dict()

climate = AdiabatClimate(f"{template}/species_climate.yaml", f"{template}/settings_climate.yaml", f"{template}/Sun_now.txt")
pressures = [1e6 * float(gases[gas][0]) if gas in gases else 1e-10 for gas in climate.species_names]  # in dyn/cm2
surface = float(climate.surface_temperature(pressures, 288.0))
json.dump({
    "verdict": "stable" if settled else "unstable",
    "message": ("in equilibrium" if settled else "not in equilibrium") + ("; warm start" if warm else "; cold start"),
    "outputs": {"surface_temperature": surface, "o3_column_peak": float(max(gases["O3"]))},
}, open("result.json", "w"), allow_nan=False)
