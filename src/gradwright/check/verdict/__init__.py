"""The verdict on a gradient: measured along random directions, judged, placed and explained."""
