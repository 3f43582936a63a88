"""The spectrum of the Sun, as photochem.utils.stars writes it."""


def solar_spectrum(outputfile=None, age=0.0, append_blackbody=True, Teq=None, stellar_flux=None, scale_before_age=True,
                   needed_resolution=True):
    open(outputfile, "w").write("Wavelength(nm) SolarFlux(mW/m^2/nm)\n")
