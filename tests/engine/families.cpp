// The engine without Python, for any compiler and processor: the plain kernels against differences of their own
// values, and the others against the plain ones. Ends with 1 and what differs.
#include <cmath>
#include <cstdio>
#include <string>

#include "run.h"
#include "valid_backward.h"

using namespace gw;

namespace {

constexpr double step = 1e-5;              // of a central difference: its square is far below `close`
constexpr double close_to_slope = 1e-7;    // of the largest slope: a value of about 1 keeps 1e-16 / step
constexpr double close_to_plain[] = {2e-5, 1e-11};  // of the largest number, float and double: sums in another order

long compared = 0, fallen = 0;

void compare(const std::string& what, double found, double expected, double scale, double close) {
    compared++;
    if (std::abs(found - expected) <= close * std::max(scale, 1.0)) return;
    fallen++;
    std::printf("%s: expected %.17g, found %.17g\n", what.c_str(), expected, found);
}

template <class Numbers> void compare_all(const std::string& what, const Numbers& found, const Numbers& expected, double close) {
    double scale = 0;
    for (const auto& number : expected) scale = std::max(scale, std::abs(double(number)));
    for (size_t i = 0; i < found.size(); i++) compare(what + " [" + std::to_string(i) + "]", found[i], expected[i], scale, close);
}

struct Never final : Watcher {
    bool go_on(long, double) override { return true; }
};

double parameter_of(LossKind loss) {
    switch (loss) {
        case LossKind::softmax_cross_entropy: return 0.1;
        case LossKind::focal:
        case LossKind::hinge: return 2;  // smooth, where power 1 has kinks
        case LossKind::huber: return 1;
        case LossKind::quantile: return 0.3;
        default: return 0;
    }
}

// Linear layers of these widths, with one activation between them; with factors it is mixed, and the input
// has waves and a table beside it and is scaled.
Program chain(const std::vector<int>& widths, Activation activation, LossKind loss, double loss_parameter, bool factors = false) {
    Program p{};
    p.loss = loss, p.loss_parameter = loss_parameter;
    p.penalty = PenaltyKind::l2, p.penalty_factor = 0.01;
    const auto buffer = [&](int width) {  // a new one, with its delta in a block of its own
        const int number = int(p.widths.size());
        p.widths.push_back(width);
        p.deltas.push_back({number - 1, 0});
        return number;
    };
    const auto activate = [&](auto& s, Activation act) { s.activation = act, s.slope = act == Activation::none ? 0 : 0.1; };
    std::vector<BackwardStep> forward_order;  // of the steps back
    const auto back = [&](BackwardKind kind, int first) {
        BackwardStep b{kind, false, -1, -1, -1, Activation::none, 0, first, first < 0 ? -1 : first + 1};
        forward_order.push_back(b);
    };
    const auto pass_on = [&](int source, int target, int known) {
        back(BackwardKind::pass_on, -1);
        BackwardStep& b = forward_order.back();
        b.source = source, b.target = target, b.known = known;
        activate(b, activation);
    };
    const auto learn_by_itself = [&](Step& s) {  // and go back
        p.steps.push_back(s);
        back(BackwardKind::step_back, int(p.steps.size()) - 1);
        forward_order.back().last = -1;
    };
    int x = buffer(widths[0]);
    const auto take = [&](long count) { return std::exchange(p.size, p.size + count); };
    int inputs = widths[0];
    if (factors) {
        Step columns{StepKind::columns, x, -1, x + 1, inputs, inputs + 5, Activation::none, 0, 0, -1};
        ColumnPart copy{PartKind::copy, {}, 0, 1, 0, -1, -1, -1, -1}, waves{PartKind::waves, {0}, inputs, 3, 3, -1, -1, -1, -1};
        for (int c = 0; c < inputs; c++) copy.columns.push_back(c);
        waves.weight = take(6), waves.frequency = take(3), waves.phase = take(3), waves.bias = take(2);
        columns.parts = {copy, waves, {PartKind::embedding, {1}, inputs + 3, 2, 2, take(4), -1, -1, -1}};
        learn_by_itself(columns);
        x = buffer(inputs += 5);
        Step scale{StepKind::scale, x, -1, x + 1, inputs, inputs, Activation::none, 0, 0, -1};
        scale.gamma = take(inputs);
        learn_by_itself(scale);
        x = buffer(inputs);
    }
    for (size_t k = 1; k < widths.size(); k++) {
        const bool last = k + 1 == widths.size(), apart = !last && (factors || needs_input(activation));
        const int number = int(p.steps.size()), z = buffer(widths[k]);
        Step s{StepKind::linear, x, -1, z, k == 1 ? inputs : widths[k - 1], widths[k], Activation::none, 0, p.size, 0};
        activate(s, last || apart ? Activation::none : activation);
        s.bias = p.size + long(s.inputs) * s.outputs;
        p.size = s.bias + s.outputs;
        p.steps.push_back(s);
        back(BackwardKind::parameter_product, number);
        if (number > 0) back(BackwardKind::input_product, number);
        x = z;
        if (apart) {
            x = buffer(widths[k]);
            Step map{StepKind::activation, z, -1, x, widths[k], widths[k], Activation::none, 0, 0, -1};
            activate(map, activation);
            if (factors) {
                map.kind = StepKind::mix;
                map.gamma = take(map.outputs);
                learn_by_itself(map);
                continue;
            }
            p.steps.push_back(map);
        }
        if (!last && activation != Activation::none) pass_on(x, z, z);
    }
    p.output = x;
    p.backward.assign(forward_order.rbegin(), forward_order.rend());
    check_program(p);
    return p;
}

// Rows to learn from, the same for each type.
template <class Real> struct Rows {
    Rows(const Program& p, long rows, bool weighted) : x(rows * p.widths[0]), values(rows * p.widths[p.output]), labels(rows), weights(rows) {
        const int width = p.widths[p.output];
        for (size_t i = 0; i < x.size(); i++) x[i] = Real((i * 37 + 11) % 64) / 32 - 1;
        for (size_t i = 0; i < values.size(); i++) values[i] = Real(i * 29 % 16) / 16;
        for (long n = 0; n < rows; n++) labels[n] = n * 7 % width, weights[n] = Real(n % 3);
        features = {x.data(), sizeof(Real) == sizeof(float) ? Stored::float32 : Stored::float64, rows, p.widths[0], nullptr, nullptr};
        const bool with_labels = of_classes(p.loss);
        targets = {with_labels ? labels.data() : nullptr, with_labels ? nullptr : values.data(), with_labels ? 0 : width, weighted ? weights.data() : nullptr};
    }
    std::vector<Real> x, values;
    std::vector<int64_t> labels;
    std::vector<Real> weights;
    Features<Real> features;
    Targets<Real> targets;
};

template <class Real> std::vector<Real> begin(const Program& p) {
    std::vector<Real> theta(p.size);
    for (long i = 0; i < p.size; i++) theta[i] = (Real((i * 53 + 7) % 101) / 101 - Real(0.5)) / 2;
    return theta;
}

// Factors of the arrays: all 1, or different ones, of which one freezes.
std::map<long, Factors> factors_of(const Program& p, bool apart) {
    std::vector<Factors> factors(trained_arrays(p).size(), {1, 1});
    for (size_t k = 0; apart && k < factors.size(); k++) factors[k] = {double(k % 3) / 2, double((k + 1) % 2)};
    return by_offset(p, factors);
}

// All that a family answers of a network: value, gradient, outputs, sums over rows, and theta after an epoch of each optimizer,
// at one rate and with factors.
template <class Real>
std::vector<std::vector<Real>> answers(const Program& p, Family family, long rows, bool weighted, long batch) {
    Rows<Real> data(p, rows, weighted);
    Never watcher;
    const auto run = make_run<Real>(p, family, batch, 1, Precision::float32);
    const std::vector<Real> theta = begin<Real>(p);
    std::vector<Real> grad(p.size), output(rows * p.widths[p.output]);
    const Real value = Real(run->value_and_grad(theta.data(), data.features, data.targets, grad.data(), watcher));
    run->predict(theta.data(), data.features, output.data(), watcher);
    double right = 0;
    const Real loss = Real(run->evaluate(theta.data(), data.features, data.targets, &right, watcher));
    std::vector<std::vector<Real>> found{{value}, grad, output, {loss, Real(right)}};
    for (int turn = 0; turn < 2 * int(names<OptimizerKind>.size()); turn++) {
        Optimizer optimizer{};
        optimizer.kind = OptimizerKind(turn / 2), optimizer.momentum = optimizer.beta1 = 0.9, optimizer.beta2 = 0.99;
        optimizer.epsilon = 1e-3, optimizer.decay = 0.5;
        std::vector<int64_t> visits(rows);
        for (long n = 0; n < rows; n++) visits[n] = (n * 5 + 3) % rows;
        Order order(visits);
        std::vector<double> objectives(rows);
        std::vector<Real> learned = theta, m(p.size), v(p.size);
        const double rate = 0.01;
        const EpochRequest<Real> request{data.features, data.targets, order, batch, &rate, true, optimizer, factors_of(p, turn % 2 == 1),
                                         objectives.data()};
        Position<Real> at{};
        at.theta = learned.data(), at.m = optimizer.slots() > 0 ? m.data() : nullptr, at.v = optimizer.slots() > 1 ? v.data() : nullptr;
        run->train(request, at, watcher);
        found.push_back(learned);
    }
    return found;
}

const char* what[] = {"value", "gradient", "output", "sums"};

template <class Real>
void hold_against_plain(const std::string& name, const Program& p, long rows, bool weighted, long batch) {
    const auto expected = answers<Real>(p, Family::plain, rows, weighted, batch);
    const int widest = *std::max_element(p.widths.begin(), p.widths.end());
    for (Family family : {Family::lanes, Family::panels}) {
        if (family == Family::lanes && widest > widest_for_lanes) continue;
        const auto found = answers<Real>(p, family, rows, weighted, batch);
        for (size_t i = 0; i < found.size(); i++) {
            const std::string of = i < 4 ? what[i] : std::string("theta by ") + names<OptimizerKind>[(i - 4) / 2] + (i % 2 ? " with factors" : "");
            compare_all(name + ", " + names<Family>[int(family)] + (sizeof(Real) == 4 ? ", float: " : ", double: ") + of, found[i],
                        expected[i], close_to_plain[sizeof(Real) == sizeof(double)]);
        }
    }
}

// d value / d theta[i] along some of theta's entries
void hold_against_differences(const std::string& name, const Program& p, long rows) {
    Rows<double> data(p, rows, true);
    Never watcher;
    const auto run = make_run<double>(p, Family::plain, 8, 1, Precision::float32);
    std::vector<double> theta = begin<double>(p), grad(p.size), other(p.size);
    const auto value = [&](double* to) { return run->value_and_grad(theta.data(), data.features, data.targets, to, watcher); };
    value(grad.data());
    for (long i = 0; i < p.size; i += 1 + p.size / 40) {
        const double middle = theta[i];
        theta[i] = middle + step;
        const double above = value(other.data());
        theta[i] = middle - step;
        const double below = value(other.data());
        theta[i] = middle;
        compare(name + ": slope along theta [" + std::to_string(i) + "]", grad[i], (above - below) / (2 * step), 1, close_to_slope);
    }
}

}  // namespace

int main() {
    const std::vector<std::vector<int>> shapes = {{3, 7, 4}, {5, 16, 9, 6}, {2, 33, 3}, {12, 130, 5}};
    for (size_t n = 0; n < shapes.size(); n++)
        for (int act = 0; act < int(names<Activation>.size()); act++) {
            const int loss = int((act + 3 * n) % names<LossKind>.size());
            const Program p = chain(shapes[n], Activation(act), LossKind(loss), parameter_of(LossKind(loss)));
            const std::string name = std::string("widths ") + std::to_string(shapes[n][0]) + " " + std::to_string(shapes[n][1]) + ", " +
                                     names<Activation>[act] + ", " + names<LossKind>[loss];
            hold_against_differences(name, p, 13);
            for (long batch : {1, 8, 13}) {
                hold_against_plain<float>(name + ", batch " + std::to_string(batch), p, 13, true, batch);
                hold_against_plain<double>(name + ", batch " + std::to_string(batch), p, 13, true, batch);
            }
            if (Activation(act) == Activation::none) continue;
            const Program mixes = chain(shapes[n], Activation(act), LossKind(loss), parameter_of(LossKind(loss)), true);
            hold_against_differences(name + ", mixed", mixes, 13);
            hold_against_plain<float>(name + ", mixed", mixes, 13, true, 8);
            hold_against_plain<double>(name + ", mixed", mixes, 13, true, 8);
        }
    for (int inputs : {1, 2, 3, 8})  // softmax regression, which has kernels of its own where all rows count the same
        for (int classes : {2, 5, 10})
            for (long batch : {3, 16, 37}) {
                const Program p = chain({inputs, classes}, Activation::none, LossKind::softmax_cross_entropy, 0);
                const std::string name = "softmax regression " + std::to_string(inputs) + " " + std::to_string(classes) +
                                         ", batch " + std::to_string(batch);
                hold_against_plain<float>(name, p, 53, false, batch);
                hold_against_plain<double>(name, p, 53, false, batch);
            }
    for (const std::vector<int>& shape : shapes) {  // a batch of several parts, and one of a single one behind it
        const Program p = chain(shape, Activation::tanh, LossKind::mean_squared_error, 0);
        hold_against_plain<double>("widths " + std::to_string(shape[0]) + " " + std::to_string(shape[1]) + ", in parts", p, 1500, true, 1200);
    }
    std::printf("%ld numbers compared, %ld differ; registers of %d bytes, %d of them\n", compared, fallen, register_bytes, registers);
    return fallen > 0;
}
