import numpy as np

import gradwright as gw

x = np.random.default_rng(0).uniform(-2, 2, size=(2000, 2))  # your rows: an array, lists or a frame
y = np.where(np.hypot(x[:, 0], x[:, 1]) > 1.3, "outside", "inside")  # labels of any kind, or floats

net = gw.Sequential(gw.Linear(2, 16), gw.Tanh(), gw.Linear(16, 2))
rate = gw.ExponentialDecay(0.1, 0.97)
run = gw.fit(net, (x, y), validation=0.2, optimizer=gw.SGD(momentum=0.9), learning_rate=rate, epochs=30)

print(run)  # what it was, what it learned from, what it reached
print(run.predict(x[:5]))  # in your own terms: outside, inside
run.save("runs/first")  # gw.load_run("runs/first") reads it
