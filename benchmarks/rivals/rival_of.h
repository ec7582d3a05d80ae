// The four functions of rival.h by a library's ``trainer``, which chooses the maps for a network.
#pragma once

#include <cstdio>
#include <exception>

#include "descent.h"

class Trainer {
public:
    virtual ~Trainer() = default;
    virtual double train(const std::int64_t* order, std::int64_t steps) = 0;
    virtual void read(float* parameters) const = 0;
};

template <class Map>
class Rival : public Trainer {
public:
    Rival(const Network& network, const float* parameters) : descent(network, parameters) {}
    double train(const std::int64_t* order, std::int64_t steps) override {
        return descent.train(order, steps);
    }
    void read(float* parameters) const override { descent.read(parameters); }

private:
    Descent<Map> descent;
};

Trainer* trainer(const Network& network, const float* parameters);

void* rival_new(const Network* network, const float* parameters) try {
    return trainer(*network, parameters);
} catch (const std::exception& reason) {
    std::fprintf(stderr, "%s\n", reason.what());
    return nullptr;
}

double rival_train(void* rival, const std::int64_t* order, std::int64_t steps) {
    return static_cast<Trainer*>(rival)->train(order, steps);
}

void rival_parameters(const void* rival, float* parameters) { static_cast<const Trainer*>(rival)->read(parameters); }

void rival_free(void* rival) { delete static_cast<Trainer*>(rival); }
