"""The law of enforcement devices. Pure: time, figures and earlier facts are always arguments."""
