"""The law of a penalty case, split by topic. Pure: time, figures and people are arguments."""
