"""The functions of photochem.utils that the examples call: they write files in a form of these tests."""
from . import stars


def zahnle_rx_and_thermo_files(atoms_names=("H", "He", "N", "O", "C", "S"), rxns_filename="photochem_rxns.yaml",
                               thermo_filename="photochem_thermo.yaml", exclude_species=(), remove_particles=False,
                               remove_reaction_particles=False):
    open(rxns_filename, "w").write(" ".join(atoms_names))


def species_file_for_climate(filename, species, condensates, particles=None):
    if not set(condensates).issubset(species):
        raise ValueError("`condensates` must be a subset of `species`.")
    open(filename, "w").write("\n".join(species))


def settings_file_for_climate(filename, planet_mass, planet_radius, surface_albedo, number_of_layers=50,
                              number_of_zenith_angles=4, photon_scale_factor=1.0, opacities=None):
    open(filename, "w").write(f"photon-scale-factor: {photon_scale_factor}\n")
