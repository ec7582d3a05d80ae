// Arrays of NumPy, and nothing else that has a buffer: what a foreign object says of its memory is not asked for (an
// array of ctypes has no strides, and an object's own __dlpack__ may run any code while arguments are read).
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

namespace gw {

namespace nb = nanobind;

template <class... About> struct Own : nb::ndarray<About...> {
    using nb::ndarray<About...>::ndarray;
    explicit Own(nb::ndarray<About...>&& array) : nb::ndarray<About...>(std::move(array)) {}
};

inline bool is_numpy_array(nb::handle object) {
    static PyObject* const kind = nb::object(nb::module_::import_("numpy").attr("ndarray")).release().ptr();
    return PyObject_TypeCheck(object.ptr(), reinterpret_cast<PyTypeObject*>(kind));
}

}  // namespace gw

namespace nanobind::detail {

template <class... About> struct type_caster<gw::Own<About...>> {
    using Any = type_caster<ndarray<About...>>;
    NB_TYPE_CASTER(gw::Own<About...>, Any::Name)

    template <class Flags> bool from_python(handle source, Flags flags, cleanup_list* cleanup) noexcept {
        Any any;
        if (!gw::is_numpy_array(source) || !any.from_python(source, flags, cleanup)) return false;
        value = gw::Own<About...>(std::move(any.value));
        return true;
    }
};

}  // namespace nanobind::detail
