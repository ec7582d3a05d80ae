// What a plan is made of, as Python sees it: each struct by its fields, each enum by its names.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "activations.h"
#include "program.h"
#include "valid_backward.h"

namespace gw {

namespace nb = nanobind;

template <class Enum> void bind_enum(nb::module_& module, const char* name) {
    nb::enum_<Enum> bound(module, name);
    for (size_t i = 0; i < names<Enum>.size(); i++) bound.value(names<Enum>[i], Enum(i));
}

inline void bind_program(nb::module_& module) {
    using namespace nb::literals;
    bind_enum<Activation>(module, "Activation");
    bind_enum<StepKind>(module, "StepKind");
    bind_enum<PartKind>(module, "PartKind");
    bind_enum<BackwardKind>(module, "BackwardKind");
    bind_enum<LossKind>(module, "LossKind");
    bind_enum<PenaltyKind>(module, "PenaltyKind");
    bind_enum<OptimizerKind>(module, "OptimizerKind");
    bind_enum<Precision>(module, "Precision");
    bind_enum<Family>(module, "Family");

    nb::class_<ColumnPart>(module, "ColumnPart")
        .def("__init__",
             [](ColumnPart* self, PartKind kind, std::vector<int> columns, int first, int each, int size, long weight, long frequency,
                long phase, long bias) {
                 new (self) ColumnPart{kind, std::move(columns), first, each, size, weight, frequency, phase, bias};
             },
             nb::kw_only(), "kind"_a, "columns"_a.noconvert(), "first"_a, "each"_a, "size"_a = 0, "weight"_a = -1, "frequency"_a = -1,
             "phase"_a = -1, "bias"_a = -1);

    nb::class_<Step>(module, "Step")
        .def("__init__",
             [](Step* self, StepKind kind, int source, int addend, int target, int inputs, int outputs,
                Activation activation, double slope, long weight, long bias, double rate, long gamma, long beta, long mean,
                long variance, double epsilon, double momentum, std::vector<ColumnPart> parts) {
                 new (self) Step{kind,   source, addend, target, inputs, outputs,  activation, slope,    weight,
                                 bias,   rate,   gamma,  beta,   mean,   variance, epsilon,    momentum, std::move(parts)};
             },
             nb::kw_only(), "kind"_a, "source"_a, "addend"_a = -1, "target"_a, "inputs"_a, "outputs"_a,
             "activation"_a = Activation::none, "slope"_a = 0.0, "weight"_a = 0, "bias"_a = -1, "rate"_a = 0.0,
             "gamma"_a = -1, "beta"_a = -1, "mean"_a = -1, "variance"_a = -1, "epsilon"_a = 0.0, "momentum"_a = 0.0,
             "parts"_a.noconvert() = std::vector<ColumnPart>());

    nb::class_<BackwardStep>(module, "BackwardStep")
        .def("__init__",
             [](BackwardStep* self, BackwardKind kind, bool accumulate, int source, int target, int known,
                Activation activation, double slope, int first, int last) {
                 new (self) BackwardStep{kind, accumulate, source, target, known, activation, slope, first, last};
             },
             nb::kw_only(), "kind"_a, "accumulate"_a = false, "source"_a = -1, "target"_a = -1, "known"_a = -1,
             "activation"_a = Activation::none, "slope"_a = 0.0, "first"_a = -1, "last"_a = -1);

    nb::class_<DeltaPlace>(module, "DeltaPlace")
        .def("__init__", [](DeltaPlace* self, int block, int column) { new (self) DeltaPlace{block, column}; },
             nb::kw_only(), "block"_a, "column"_a);

    nb::class_<Program>(module, "Program")
        .def("__init__",
             [](Program* self, std::vector<int> widths, std::vector<Step> steps, std::vector<BackwardStep> backward,
                std::vector<DeltaPlace> deltas, int output, long size, LossKind loss, double loss_parameter,
                PenaltyKind penalty, double penalty_factor) {
                 Program program{std::move(widths), std::move(steps), std::move(backward), std::move(deltas), output,
                                 size,              loss,             loss_parameter,      penalty,           penalty_factor};
                 check_program(program);
                 new (self) Program(std::move(program));
             },
             // not converted: an element's own code, such as __index__, could change the list while it is read
             nb::kw_only(), "widths"_a.noconvert(), "steps"_a.noconvert(), "backward"_a.noconvert(),
             "deltas"_a.noconvert(), "output"_a, "size"_a, "loss"_a, "loss_parameter"_a, "penalty"_a, "penalty_factor"_a);

    nb::class_<Optimizer>(module, "Optimizer")
        .def("__init__",
             [](Optimizer* self, OptimizerKind kind, double momentum, double beta1, double beta2, double epsilon,
                double decay, double clip_norm, double average) {
                 for (double number : {momentum, beta1, beta2, epsilon, decay, clip_norm, average})
                     require(number >= 0, "an optimizer's numbers: expected none below 0");
                 require(average < 1, "average: expected a decay below 1");
                 new (self) Optimizer{kind, momentum, beta1, beta2, epsilon, decay, clip_norm, average};
             },
             nb::kw_only(), "kind"_a, "momentum"_a = 0.0, "beta1"_a = 0.0, "beta2"_a = 0.0, "epsilon"_a = 0.0,
             "decay"_a = 0.0, "clip_norm"_a = 0.0, "average"_a = 0.0);
}

}  // namespace gw
